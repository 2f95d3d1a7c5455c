"""The conversation in the middle of the page: asking, answers and what can be done with them.

chat          the panel: the question's field and what happens to the conversation
conversation  a conversation as one browser session holds it
transcript    what to draw of it; `turn` one of its turns, `answers` an answer, `trace_html` why it is that
feedback      verdicts on answers
keeping       a conversation is kept while it happens; `interrupt` ends a stream
compare       two settings side by side
keys          the help on keys
"""
