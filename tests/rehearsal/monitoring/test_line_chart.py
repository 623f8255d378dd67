"""Panels of lines as SVG."""

import xml.etree.ElementTree as ET

from rehearsal.monitoring.line_chart import Line, Panel, picture

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*panels: Panel) -> ET.Element:
    return ET.fromstring(picture("A <run>", panels, seconds=10, note="of 2 cores"))  # noqa: S314 - made here


def test_a_number_of_replicas_holds_until_the_next_one():
    root = drawn(
        Panel(title="Replicas", unit="n", lines=[Line(name="ready", points=[(0, 1), (5, 3), (10, 3)], steps=True)])
    )
    [path] = [one.get("d") for one in root.iter(f"{SVG}path") if (one.get("d") or "").count("L") > 1]
    corners = [piece.split()[1] for piece in path.replace("M", "L").split("L")[1:]]
    assert corners[0] == corners[1] != corners[2], "it goes along before it goes up"
    assert root.find(f"{SVG}title").text == "A <run>"
    assert "Replicas (n): ready 1 to 3" in root.find(f"{SVG}desc").text


def test_a_scale_ends_at_or_above_the_highest_value():
    root = drawn(Panel(title="Queue", unit="n", lines=[Line(name="waiting", points=[(0, 0), (10, 37)])]))
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert {"0", "10", "20", "30", "40", "10 s", "of 2 cores"} <= set(texts)


def test_without_values():
    root = drawn(Panel(title="Queue", unit="n", lines=[Line(name="waiting", points=[])]))
    assert "no data" in [one.text for one in root.iter(f"{SVG}text")]
