"""Measure how well questions with known answers are answered: `docent eval`.

dataset     questions, evidence and places
load        folders and SQuAD files -> Dataset
collection  a Dataset's documents, indexed and ready to be asked
ask         one question asked: what was found, what was answered
judge       a chat model's marks for an answer
spans, wording           how much of the evidence was found; how close an answer is to the known one
measures    what was asked -> numbers of each question
bootstrap   numbers of each question -> figures with intervals, differences between two configurations
result      everything measured on one set, as values and as JSON
variants    KEY=VALUE and switches -> configurations to compare
table, report, plots     a result as text and as a page
write       a report's files
arguments, command       the command line
"""
