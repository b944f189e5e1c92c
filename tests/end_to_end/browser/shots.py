"""Pictures of every state of every page, at three sizes, for people to look at: `python3 dev.py shots`.

They go to shots/, which git ignores. With `--docs` the few that the documents show are renewed in docs/pictures/.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect
from rich.progress import Progress

from projections.people import Member
from tests.end_to_end.browser.actions import make_invite, panel, press, set_terrain
from tests.end_to_end.browser.the_map import draw, place_of, settled
from tests.examples.programs import load
from tests.projections.postgres.kit import feed, log
from tests.transport.web.chromium import a_browser_or_exit
from transport.analytics.report.file import report_file
from transport.analytics.report.reports import Reports
from transport.database import connection_pool
from transport.maps.starter_map import starter_map
from transport.rehearsal.stage import Stage, own_stage

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "shots"
PICTURES = ROOT / "docs" / "pictures"
SIZES = {"desktop": (1280, 800), "tablet": (820, 1180), "phone": (390, 844)}
IN_DOCS = {
    "dm-brush": "desktop",
    "dm-staged": "desktop",
    "dm-eyes": "desktop",
    "dm-people": "desktop",
    "replay-hex": "desktop",
    "replay-two": "desktop",
    "report": "desktop",
    "report-map": "desktop",
    "player-active": "desktop",
    "player-preparing": "phone",
    "player-paused": "phone",
    "player-reconnecting": "phone",
}


@dataclass
class Shooter:
    """Takes the pictures."""

    folder: Path
    pictures: Path | None
    progress: Progress
    taken: list[str] = field(default_factory=list)

    async def shoot(self, page: Page, name: str) -> None:
        """One of each size; the page has its first size again afterwards."""
        task = self.progress.add_task(name, total=len(SIZES))
        before = page.viewport_size
        for size, (width, height) in SIZES.items():
            await resize(page, width, height)
            await page.screenshot(path=self.folder / f"{name}-{size}.png", animations="disabled")
            if self.pictures is not None and IN_DOCS.get(name) == size:
                # A third of the bytes: a repository keeps every version of them.
                file = self.pictures / f"{name}.jpg"
                await page.screenshot(path=file, animations="disabled", type="jpeg", quality=80)
            self.progress.advance(task)
        assert before is not None
        await resize(page, before["width"], before["height"])
        self.taken.append(name)


async def resize(page: Page, width: int, height: int) -> None:
    """Waits until the map has taken its new place."""
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    if await page.locator(".picture").count():
        await page.wait_for_timeout(500)  # pictures take their new room when the window has rested
    if await page.evaluate("'fogbound' in window"):
        await settled(page)


@asynccontextmanager
async def contexts(url: str) -> AsyncIterator[list[BrowserContext]]:
    """Six browsers of different people, the fifth in the dark."""
    async with a_browser_or_exit() as browser:
        schemes = ("light", "light", "light", "light", "dark", "light")
        yield [
            await browser.new_context(
                base_url=url,
                viewport={"width": 1280, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]  # one of its literals
            )
            for scheme in schemes
        ]


async def joined(context: BrowserContext, link: str, name: str) -> Page:
    page = await context.new_page()
    await page.goto(link)
    await page.get_by_label("Your name").fill(name)
    await press(page, "Join")
    await page.get_by_text("Connected", exact=True).wait_for()
    return page


async def doors(shooter: Shooter, page: Page) -> None:
    """From nobody to somebody with a campaign that has no map yet."""
    await page.goto("/")
    await shooter.shoot(page, "door-welcome")
    await page.get_by_label("Your name").fill("Dee")
    await press(page, "Continue")
    await expect(page.get_by_text("None yet.")).to_be_visible()
    await shooter.shoot(page, "door-no-campaigns")
    await page.goto("/join")
    await shooter.shoot(page, "door-broken-link")
    await page.goto("/table/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")
    await expect(page.get_by_text("not a member")).to_be_visible()
    await shooter.shoot(page, "door-no-member")
    await page.goto("/")
    await page.get_by_label("Name of the campaign").fill("The Fogbound Coast")
    await press(page, "Create campaign")
    await expect(page.get_by_text("No hexes yet.")).to_be_visible()
    await shooter.shoot(page, "dm-empty")


async def preparing(shooter: Shooter, dm: Page) -> None:
    """The map comes in, and the first tools are tried."""
    await panel(dm, "Map")
    await dm.get_by_label("Map file (JSON)").set_input_files(
        {"name": "odd.json", "mimeType": "application/json", "buffer": b'{"version": 1, "name": "Odd", "hexes": [{}]}'}
    )
    await press(dm, "Import")
    await expect(dm.locator(".problem:not(:empty)")).to_be_visible()
    await shooter.shoot(dm, "dm-map-refused")
    await dm.get_by_label("Map file (JSON)").set_input_files(starter_map())
    await press(dm, "Import")
    await expect(dm.get_by_text("Imported 768 hexes.")).to_be_visible()
    await shooter.shoot(dm, "dm-map-imported")
    await panel(dm, "Play")


async def brushes(shooter: Shooter, dm: Page) -> None:
    """Strokes that are not let go of yet, and what becomes of one."""
    await press(dm, "Start session")
    await press(dm, "Reveal")
    await dm.mouse.move(*await place_of(dm, "9,8"))
    await dm.mouse.down()
    for key in ("12,7", "14,8"):
        await dm.mouse.move(*await place_of(dm, key), steps=8)
    await shooter.shoot(dm, "dm-brush")
    await dm.keyboard.press("Escape")
    await dm.mouse.up()
    await draw(dm, "9,8", "12,7", "14,8", "13,10")
    await press(dm, "Box")
    await dm.mouse.move(*await place_of(dm, "16,4"))
    await dm.mouse.down()
    await dm.mouse.move(*await place_of(dm, "21,6"), steps=8)
    await shooter.shoot(dm, "dm-box")
    await dm.keyboard.press("Escape")
    await dm.mouse.up()
    await press(dm, "Terrain")
    await press(dm, "Brush")
    await shooter.shoot(dm, "dm-palette")
    await press(dm, "Choose")


async def split_party(shooter: Shooter, dm: Page) -> None:
    """Something for Ada and Bo alone, refused once."""
    await press(dm, "Reveal")
    await dm.get_by_label("Chosen players").check()
    await draw(dm, "16,6", "18,6")
    await expect(dm.locator(".map-problem")).to_have_text("Choose at least one player.")
    await shooter.shoot(dm, "dm-refused-on-the-map")
    for name in ("Ada", "Bo"):
        await dm.get_by_label(name, exact=True).check()
    await draw(dm, "16,6", "18,6")
    await press(dm, "Choose")
    await dm.mouse.click(*await place_of(dm, "17,6"))
    await expect(dm.get_by_text("known to Ada and Bo").first).to_be_visible()
    await shooter.shoot(dm, "dm-who-knows")
    await dm.get_by_label("Hex keys").fill("1,1 2")
    await press(dm, "Reveal chosen")
    await shooter.shoot(dm, "dm-refused-in-the-form")
    await press(dm, "Clear")
    await dm.get_by_label("All players").check()


async def staging(shooter: Shooter, dm: Page, ada: Page) -> None:
    """A queue, hovered, left, kept."""
    await press(dm, "Stage first")
    await expect(ada.get_by_text("DM is preparing…")).to_be_visible()
    await shooter.shoot(ada, "player-preparing")
    await press(dm, "Reveal")
    await draw(dm, "6,12", "8,13")
    await dm.get_by_label("Chosen players").check()
    await draw(dm, "22,2", "22,4")
    await press(dm, "Terrain")
    await dm.get_by_role("button", name="swamp", exact=True).click()
    await press(dm, "One hex")
    await draw(dm, "12,12", "12,12")
    await expect(dm.locator(".staged-list li")).to_have_count(3)
    await press(dm, "Choose")
    await dm.locator(".staged-list li").first.hover()
    await shooter.shoot(dm, "dm-staged")
    await press(dm, "Show at once")
    await shooter.shoot(dm, "dm-leave-staging")
    await press(dm, "Keep staging")


async def others(shooter: Shooter, dm: Page) -> None:
    """People, keys, coordinates, a player's eyes."""
    await panel(dm, "People")
    await dm.locator(".people li", has_text="Cy").locator("summary").click()
    await shooter.shoot(dm, "dm-people")
    await panel(dm, "Play")
    await dm.get_by_label("See as").select_option(label="Ada")
    await expect(dm.get_by_text("You see the map as Ada sees it.")).to_be_visible()
    await shooter.shoot(dm, "dm-eyes")
    await press(dm, "Back to the DM’s view")
    await dm.get_by_role("button", name="Keys").click()
    await shooter.shoot(dm, "dm-keys")
    await press(dm, "Close")
    await press(dm, "Coordinates")
    await dm.mouse.move(*await place_of(dm, "12,8"))
    await dm.mouse.wheel(0, -700)
    await shooter.shoot(dm, "dm-near")
    await press(dm, "Coordinates")
    await press(dm, "Show everything")


async def published(shooter: Shooter, dm: Page) -> None:
    """All at once, and the dark."""
    await press(dm, "Publish 3 staged changes")
    await expect(dm.locator(".staged-list li")).to_have_count(0)
    await press(dm, "Show at once")
    await set_terrain(dm, "10,10", "giant’s causeway")
    await dm.emulate_media(color_scheme="dark")
    await shooter.shoot(dm, "dm-dark")
    await dm.emulate_media(color_scheme="light")


async def pause(shooter: Shooter, dm: Page, ada: Page) -> None:
    """In which Ada's network goes away and comes back."""
    await press(dm, "Pause")
    await expect(ada.get_by_text("The DM has paused the session.")).to_be_visible()
    await shooter.shoot(ada, "player-paused")
    await shooter.shoot(dm, "dm-paused")
    await ada.context.set_offline(True)
    await expect(ada.get_by_text("This device is offline.")).to_be_visible()
    await shooter.shoot(ada, "player-reconnecting")
    await ada.context.set_offline(False)
    await expect(ada.get_by_text("Connection restored.")).to_be_visible()
    await shooter.shoot(ada, "player-restored")
    await press(dm, "Resume")


async def looking_back(shooter: Shooter, dm: Page, ada: Page) -> None:
    """The evening once more: as the DM, through a player's eyes, two side by side, and as a player."""
    for page in (dm, ada):
        await page.get_by_role("link", name="Replay").click()
        await expect(page.locator(".ribbon")).to_contain_text("session 1")
    for _ in range(3):
        await dm.keyboard.press("]")
    await shooter.shoot(dm, "replay-dm")
    await dm.keyboard.press("End")
    await dm.mouse.move(*await place_of(dm, "17,6"))
    await shooter.shoot(dm, "replay-hex")
    await dm.get_by_label("See as").select_option(label="Ada")
    await dm.get_by_label("Compare with").select_option(label="Dark Edda")
    await expect(dm.locator(".view-caption").last).to_contain_text("Dark Edda")
    await dm.get_by_role("button", name="published 3 changes").click()
    await shooter.shoot(dm, "replay-two")
    await dm.emulate_media(color_scheme="dark")
    await shooter.shoot(dm, "replay-dark")
    await dm.emulate_media(color_scheme="light")
    await ada.keyboard.press("End")
    await shooter.shoot(ada, "replay-player")
    for page in (dm, ada):
        await page.get_by_role("link", name="To the live table").click()
        await page.get_by_text("Connected", exact=True).wait_for()


async def end(shooter: Shooter, dm: Page, ada: Page, bo: Page) -> None:
    """The last questions, and somebody who has to go."""
    await press(dm, "End session")
    await shooter.shoot(dm, "dm-end")
    await press(dm, "End it")
    await expect(ada.get_by_text("The session has ended.")).to_be_visible()
    await shooter.shoot(ada, "player-ended")
    await looking_back(shooter, dm, ada)
    await dm.get_by_role("link", name="Report").click()
    await expect(dm.locator(".main-svg").first).to_be_visible()
    await shooter.shoot(dm, "dm-report")
    await dm.get_by_role("link", name="To the live table").click()
    await panel(dm, "People")
    await press(dm, "Remove several…")
    for name in ("Ada", "Cy"):
        await dm.get_by_label(f"Choose {name}").check()
    await press(dm, "Remove 2 people")
    await expect(dm.get_by_role("button", name="Remove now")).to_be_enabled()
    await shooter.shoot(dm, "dm-remove-several")
    for button in ("Keep", "Cancel"):
        await dm.locator(".several").get_by_role("button", name=button).click()
    row = dm.locator(".people li", has_text="Bo")
    await row.locator("summary").click()
    await row.get_by_role("button", name="Remove").click()
    await expect(row.get_by_role("button", name="Remove now")).to_be_enabled()
    await shooter.shoot(dm, "dm-remove")
    await row.get_by_role("button", name="Remove now").click()
    await expect(bo.get_by_text("You are not a member of this campaign.")).to_be_visible()
    await shooter.shoot(bo, "player-removed")
    await dm.goto("/")
    await expect(dm.locator(".campaigns li")).to_have_count(1)
    await expect(dm.locator(".devices li")).to_have_count(1)
    await shooter.shoot(dm, "door-campaigns")
    await dm.get_by_text("Close this campaign").click()
    await press(dm, "Close it for everybody")
    await expect(dm.get_by_text("That is not the name of this campaign.")).to_be_visible()
    await shooter.shoot(dm, "door-close-campaign")


async def report(shooter: Shooter, stage: Stage) -> None:
    """Of a simulated campaign, as a file."""
    assert stage.database is not None
    played = load("simulate.py")["simulate"]()
    await log(stage.database, played.events)
    await feed(stage.database, 500)
    members = {one.userId: Member(one.userId, one.name, one.role) for one in played.people.values()}
    async with connection_pool(stage.database) as pool:
        made = await Reports(pool).of_campaign(played.campaign, played.name, members)
    file = shooter.folder / "report.html"
    file.write_bytes(report_file(made))
    async with contexts(file.as_uri()) as (context, *_):
        page = await context.new_page()
        await page.goto(file.as_uri())
        await expect(page.locator(".main-svg").first).to_be_visible()
        await shooter.shoot(page, "report")
        for picture in ("waits", "known", "map"):
            await page.locator(f"#{picture}-heading").scroll_into_view_if_needed()
            await page.evaluate(f"document.getElementById('{picture}-heading').scrollIntoView()")
            await shooter.shoot(page, f"report-{picture}")


async def evening(shooter: Shooter, url: str) -> None:
    async with contexts(url) as (of_dm, of_ada, of_bo, of_cy, of_dark, of_guest):
        dm = await of_dm.new_page()
        await doors(shooter, dm)
        await preparing(shooter, dm)
        link = await make_invite(dm)
        guest = await of_guest.new_page()
        await guest.goto(link)
        await shooter.shoot(guest, "door-join")
        ada = await joined(of_ada, link, "Ada")
        await shooter.shoot(ada, "player-waiting")
        bo, dark = await joined(of_bo, link, "Bo"), await joined(of_dark, link, "Dark Edda")
        cy = await joined(of_cy, link, "Cy")
        await cy.close()
        await brushes(shooter, dm)
        await split_party(shooter, dm)
        await shooter.shoot(ada, "player-active")
        await shooter.shoot(bo, "player-other-half")
        await shooter.shoot(dark, "player-dark")
        await staging(shooter, dm, ada)
        await others(shooter, dm)
        await published(shooter, dm)
        await pause(shooter, dm, ada)
        await end(shooter, dm, ada, bo)


async def take_all(*, for_docs: bool) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    if for_docs:
        PICTURES.mkdir(exist_ok=True)
    with Progress() as progress:
        shooter = Shooter(FOLDER, PICTURES if for_docs else None, progress)
        async with own_stage() as stage:
            await evening(shooter, stage.url)
            await report(shooter, stage)
    print(f"{len(shooter.taken) * len(SIZES)} pictures in {FOLDER}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="dev.py shots", description="Pictures of every state of every page.")
    parser.add_argument("--docs", action="store_true", help="also renew the pictures of the documents")
    asyncio.run(take_all(for_docs=parser.parse_args().docs))
