"""From a question to the passages that may answer it, each with one calibrated score.

search        keyword and vector candidates, fused, read and ranked
relevance     what both searches and the reader say of a passage -> a probability
vector_cache  what was encoded lately is not encoded again
"""
