"""A real browser opens the page from disk with its network cut: no error, nothing loaded, charts in
sight, tables that sort.
"""

from pathlib import Path

import axe_core_python
import pytest
from chromium import needs_chromium, show
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = needs_chromium


@pytest.fixture
def opened(browser, page):
    show(browser, width=1280, scheme="light")
    browser.get(page.as_uri())
    return browser


def test_the_page_opens_offline_without_an_error_and_loads_nothing(opened):
    assert opened.get_log("browser") == []
    assert opened.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert "diffbench" in opened.title


def test_every_chart_is_in_sight_with_its_text(opened):
    charts = opened.find_elements(By.CSS_SELECTOR, "figure svg")
    assert len(charts) == 7
    assert all(
        chart.is_displayed() and chart.size["width"] > 300 and chart.size["height"] > 200
        for chart in charts
    )
    assert all(len(chart.find_elements(By.CSS_SELECTOR, "text")) > 4 for chart in charts)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_never_scrolls_sideways(opened, width):
    show(opened, width=width, scheme="light")
    assert opened.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_names_of_lines_stay_inside_their_drawing(opened):
    outside = """return [...document.querySelectorAll("figure svg")].flatMap(svg => [...svg.querySelectorAll("text")]
        .filter(text => text.getBoundingClientRect().right > svg.getBoundingClientRect().right + 16).map(text => text.textContent))"""
    assert opened.execute_script(outside) == []


def test_dark_paper_changes_page_and_charts(opened):
    def colours():
        return [
            opened.find_element(By.TAG_NAME, "body").value_of_css_property("background-color"),
            opened.find_element(By.CSS_SELECTOR, "figure svg text").value_of_css_property("fill"),
        ]

    light = colours()
    show(opened, width=1280, scheme="dark")
    assert all(before != after for before, after in zip(light, colours(), strict=True))


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_round(opened):
    heading = opened.find_element(By.XPATH, "//section[@id='glance']//th[.='median cost']")

    def column():
        return [
            cell.text for cell in opened.find_elements(By.CSS_SELECTOR, "#glance td:nth-child(7)")
        ]

    heading.click()
    assert column() == ["1.5×", "3.0×", "8.5×", "12×"]
    heading.click()
    assert column() == ["12×", "8.5×", "3.0×", "1.5×"]
    assert heading.get_attribute("aria-sort") == "descending"


def test_the_space_bar_sorts_as_a_click_does(opened):
    heading = opened.find_element(By.XPATH, "//section[@id='glance']//th[.='median cost']")
    heading.send_keys(Keys.SPACE)
    assert heading.get_attribute("aria-sort") == "ascending"


def shown_lines(browser):
    rows = browser.find_elements(By.CSS_SELECTOR, ".matrix tbody tr")
    return [row.get_attribute("data-title") for row in rows if row.is_displayed()]


def test_the_matrix_is_filtered_and_the_view_stands_in_the_address(opened):
    opened.find_element(By.NAME, "problem").send_keys("lse")
    assert shown_lines(opened) == ["lse, gradient, n = 5"]
    opened.find_element(By.NAME, "method").send_keys("rev")
    heads = opened.find_elements(By.CSS_SELECTOR, ".matrix thead tr:last-child th")
    assert [h.text for h in heads if h.is_displayed()] == ["problem", "n", "reverse"]
    address = opened.current_url
    assert "problem=lse" in address and "method=rev" in address
    opened.get("about:blank")
    opened.get(address)
    assert shown_lines(opened) == ["lse, gradient, n = 5"]


def test_arrows_walk_the_matrix_and_tell_what_is_known_of_a_cell(opened):
    opened.find_element(By.CSS_SELECTOR, ".matrix tbody [tabindex='0']").send_keys(Keys.ARROW_RIGHT)
    for _ in range(2):
        opened.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    told = opened.switch_to.active_element.get_attribute("title")
    assert told and opened.find_element(By.ID, "hint").text == told


def test_a_line_opens_with_all_its_methods_and_closes(opened):
    opened.find_element(By.CSS_SELECTOR, ".matrix tbody th").click()
    dialog = opened.find_element(By.ID, "line")
    assert dialog.find_element(By.TAG_NAME, "h2").text == "rosenbrock, gradient, n = 2"
    assert len(dialog.find_elements(By.CSS_SELECTOR, "tbody tr")) == 4
    dialog.find_element(By.TAG_NAME, "button").click()
    assert not dialog.is_displayed()


def test_the_rows_are_downloaded_as_they_were_measured(opened, frame):
    keep = "URL.createObjectURL = blob => { window.kept = blob; return '#'; }"
    read = "window.kept.text().then(arguments[arguments.length - 1])"
    opened.execute_script(keep)
    opened.find_element(By.CSS_SELECTOR, "button[data-form='csv']").click()
    lines = opened.execute_async_script(read).splitlines()
    assert lines[0] == ",".join(frame.columns) and len(lines) == len(frame) + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 768, 1400])
def test_axe_finds_nothing_that_bars_people(opened, width, scheme):
    opened.set_script_timeout(300)
    show(opened, width=width, scheme=scheme)
    opened.execute_script((Path(axe_core_python.__file__).parent / "axe.min.js").read_text())
    run = "axe.run({resultTypes: ['violations']}).then(arguments[arguments.length - 1])"
    found = opened.execute_async_script(run)["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found] == []
