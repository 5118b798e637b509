"""Take out of records what a repository does not keep of long texts."""

from dataclasses import replace

from contributor_backfill.domain.harvest import Harvest, Item
from contributor_backfill.domain.records import Captured, Page, ReviewComment
from contributor_backfill.domain.storage import Storage


def trimmed_page(page: Page, storage: Storage) -> Page:
    """Return a page with what is kept of its texts."""
    if storage.is_full:
        return page
    return replace(page, items=tuple(_captured(item, storage) for item in page.items))


def trimmed_harvest(harvest: Harvest, storage: Storage) -> Harvest:
    """Return a harvest with what is kept of its texts."""
    if storage.is_full:
        return harvest
    return replace(
        harvest,
        captured=tuple(_captured(each, storage) for each in harvest.captured),
        items=tuple(_item(each, storage) for each in harvest.items),
    )


def _captured(captured: Captured, storage: Storage) -> Captured:
    pull_request = captured.pull_request
    if pull_request:
        pull_request = replace(pull_request, body=storage.bodies.of(pull_request.body))
    bodies = storage.bodies
    return replace(
        captured,
        pull_request=pull_request,
        reviews=tuple(replace(each, body=bodies.of(each.body)) for each in captured.reviews),
        comments=tuple(replace(each, body=bodies.of(each.body)) for each in captured.comments),
    )


def _item(item: Item, storage: Storage) -> Item:
    if isinstance(item, ReviewComment):
        item = replace(item, diff_hunk=storage.diff_hunks.of(item.diff_hunk))
    return replace(item, body=storage.bodies.of(item.body))
