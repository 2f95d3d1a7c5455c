"""What the settings panel asks of a model."""

from app.settings import AppSettings
from app.types import Language
from app.ui.settings.sampling import sampling_of
from app.ui.texts import load_texts


def test_question_before_the_model_is_known_asks_nothing_of_it() -> None:
    options = sampling_of(AppSettings()).options((), None, load_texts(Language.ENGLISH))
    asked = (options.temperature, options.top_p, options.sampling_top_k, options.max_tokens)
    assert asked == (None, None, None, None)
