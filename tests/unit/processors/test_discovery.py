"""Finding processors."""

from cuelight.processors import Ingredients, find_processors


def test_the_processors_of_the_package_are_found_by_listing_it():
    found = find_processors(Ingredients(urls=lambda _url: None))
    assert {processor.name for processor in found} == {"AnnotateLocationEntityProcessor", "UrlReaderProcessor"}
