"""From a question to the passages that may answer it, each with one calibrated score.

standalone    ways to make a follow-up stand on its own; `condense` lets a language model do it
wordings      the way that finds best
rewriting     what a language model would search for beside the question
search        keyword and vector candidates, fused, read and ranked
relevance     what both searches and the reader say of a passage -> a probability
passages      repeated ones dropped, neighbours joined, variety
vector_cache  what was encoded lately is not encoded again
"""
