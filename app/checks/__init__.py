"""What is checked before an answer is shown.

citations     sentences tied to the places they come from, letter for letter
composed      a language model's answer: made-up numbers go, what passages do not bear out is marked
quantities    numbers as what they mean (`number_words`, `units`)
support       whether a passage bears a sentence out
refusals      whether a model said, in its own words, that there is no answer
"""
