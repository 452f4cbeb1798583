import time

import pytest

from helmpy.chart.ignore import Rules, match
from helmpy.errors import ChartError


@pytest.mark.parametrize(
    ("rules", "path", "is_directory", "ignored"),
    [
        ("", "a", False, False),
        ("# a\n\n", "a", False, False),
        ("a", "a", False, True),
        ("a", "x/a", False, True),
        ("a", "ab", False, False),
        ("*.md", "x/r.md", False, True),
        ("/a", "a", False, True),
        ("/a", "x/a", False, False),
        ("x/a", "x/a", False, True),
        ("x/a", "y/x/a", False, False),
        ("x/*", "x/a/b", False, False),
        ("a/", "a", True, True),
        ("a/", "a", False, False),
        ("!a", "b", False, True),
        ("!a", "a", False, False),
        ("a\n!a", "a", False, True),
        ("\ufeffa", "a", False, True),
        ("  a  \r\n", "a", False, True),
        ("", "templates/.swp", False, True),
        ("", "templates/.", False, False),
        ("", "templates/a/.swp", False, False),
    ],
)
def test_rules(rules, path, is_directory, ignored):
    assert Rules.parse(rules).ignores(path, is_directory) is ignored


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b", False),
        ("a*b", "ab", True),
        ("a*b*c", "aXbYbZc", True),
        ("*x", "axbx", True),
        ("?", "/", False),
        ("[a-c]", "b", True),
        ("[^a-c]", "b", False),
        ("[]a]", "]", "bad"),
        ("[-a]", "-", "bad"),
        ("[", "a", "bad"),
        ("[a", "a", "bad"),
        ("a\\", "a", "bad"),
        ("\\*", "*", True),
        ("[\\]]", "]", True),
        ("[c-a]", "b", False),
        ("a.c", "abc", False),
        ("é*", "éa", True),
    ],
)
def test_patterns(pattern, path, matches):
    if matches == "bad":
        with pytest.raises(ChartError, match="syntax error in pattern"):
            match(pattern, path)
    else:
        assert match(pattern, path) is matches


def test_double_stars_are_refused():
    with pytest.raises(ChartError, match=r"double-star \(\*\*\) syntax is not supported"):
        Rules.parse("a/**")


def test_hostile_patterns_take_no_time():
    started = time.perf_counter()
    assert not match("*a" * 100 + "b", "a" * 255)
    assert time.perf_counter() - started < 0.5
