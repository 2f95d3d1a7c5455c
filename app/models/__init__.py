"""Load the chat model that the settings name, of whichever kind, behind LangChain's BaseChatModel.

load        settings -> LoadedModel
loaded      what a loaded model is; sampling options -> arguments for it
thinking    <think> blocks taken out of a stream
hardware    device, number format, free memory
local       folder -> LoadedModel
transformers_model, generation      a model in this process
server, server_probe, server_errors an OpenAI-compatible server
"""

from app.models.load import load_model
from app.models.loaded import LoadedModel, Notice, Sampling, sampling

__all__ = ["LoadedModel", "Notice", "Sampling", "load_model", "sampling"]
