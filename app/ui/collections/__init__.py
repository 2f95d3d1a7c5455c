"""The collections: which one a page has open, and the menu that changes it.

visits            which collection each open page shows
collections       the menu's handlers; `menu_html` how it looks
"""
