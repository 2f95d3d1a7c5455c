"""From a question to the passages that may answer it, each with one calibrated score.

search        keyword and vector candidates, fused, read and ranked
relevance     what both searches and the reader say of a passage -> a probability
passages      repeated ones dropped, neighbours joined, variety
rewriting     what a language model would search for beside the question
vector_cache  what was encoded lately is not encoded again
"""
