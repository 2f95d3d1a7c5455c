"""The settings panel: who answers and how.

settings       all of it, and settings as a file (`settings_link`)
models         finding, fetching and choosing a model; `models_html` how models look
answer_fields  how answers are made; `sampling` checks the values
prompt_editor  the answer prompt
"""
