"""The documents panel: what is there, on its way in, and searched.

documents      the panel: upload, search, removal, tags, scope
shelf          what one browser session sees and has ticked
document_list  how the list looks; `document_row` one document in it
contents       what is stored of a document
web_page       the field for an address
upkeep         storage, rebuilding and checking
"""
