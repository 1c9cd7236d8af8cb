"""A real browser opens the page from disk with its network cut: no error, nothing loaded, charts in
sight, tables that sort.
"""

import pytest
from chromium import needs_chromium, show
from selenium.webdriver.common.by import By

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
