"""REST's paths to labels."""

import re
from collections.abc import Sequence

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.issues.documents import label_document
from contributor_backfill.sandbox.issues.labels import GREY
from contributor_backfill.sandbox.responses import Answer
from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.sent_values import needed_text, optional_text
from contributor_backfill.sandbox.rest.visit import Route, Visit

_COLOR = re.compile("[0-9a-fA-F]{6}")
_LONGEST_NAME = 50
_LONGEST_DESCRIPTION = 100


def _label(visit: Visit, name: str) -> Answer:
    label = visit.repository.labels.get(name)
    if label is None:
        return rest_responses.not_found()
    return responses.of_json(200, label_document(visit.writer, label))


def _add_label(visit: Visit) -> Answer:
    document = visit.document()
    name = needed_text(document, "name", "Label", _LONGEST_NAME)
    description = optional_text(document, "description", "Label", _LONGEST_DESCRIPTION)
    color = document.get("color") or GREY
    if not (isinstance(color, str) and _COLOR.fullmatch(color)):
        return rest_responses.validation_failed("Label", "color", "invalid")
    if visit.repository.labels.get(name) is not None:
        return rest_responses.validation_failed("Label", "name", "already_exists")
    label = visit.repository.labels.add(name, color.lower(), description)
    return responses.of_json(201, label_document(visit.writer, label))


ROUTES: Sequence[Route] = (
    Route("POST", "/labels", _add_label, "issues"),
    Route("GET", "/labels/([^/]+)", _label, "issues"),
)
