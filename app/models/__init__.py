"""Load the chat model that the settings name, of whichever kind, behind LangChain's BaseChatModel.

load        settings -> LoadedModel
loaded      what a loaded model is; sampling options -> arguments for it
streamed    a chat model that only has to stream
thinking    <think> blocks taken out of a stream
hardware    device, number format, free memory
local       folder -> LoadedModel
transformers_model, generation      a model in this process
server, server_probe, server_errors an OpenAI-compatible server
detect      model servers that run on this machine
fetch       a hub model brought here in the background
memory      what Docent takes and what is free
"""

from app.models.load import load_model
from app.models.loaded import LoadedModel, Notice, Sampling, sampling, short_reply

__all__ = ["LoadedModel", "Notice", "Sampling", "load_model", "sampling", "short_reply"]
