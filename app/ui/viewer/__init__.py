"""A cited passage in its document, beside the chat.

viewer       opens it and turns its pages; `viewer_html` how it looks
stored_text  a stored text as people read it
places       where a passage stands, in words
"""
