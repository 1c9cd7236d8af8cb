"""A real browser opens the page from disk with its network cut: no error, nothing loaded, charts in
sight, tables that sort.
"""

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="needs chromium and chromedriver (apt install chromium chromium-driver)",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = Options()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, page):
    show(browser, width=1280, scheme="light")
    browser.get(page.as_uri())
    return browser


def show(browser, *, width, scheme):
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )


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
