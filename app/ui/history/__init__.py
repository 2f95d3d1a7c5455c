"""The conversations of this browser: listed, searched, renamed, deleted, taken along.

history       the panel; `history_html` how it looks
downloads     a conversation as a file, the rated answers as a test set
"""
