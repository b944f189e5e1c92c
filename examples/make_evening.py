"""Writes the script of an evening on the Fogbound Coast: `python3 examples/make_evening.py` -> first-evening.jsonl.

What happens is told in the scenes below, in order; where it happens follows from the map (evening.py).
docs/rehearsals.md explains the lines that are written.
"""

from __future__ import annotations

import argparse
import json
from itertools import zip_longest
from pathlib import Path

from evening import ALL, HIGH, LAND, Evening
from make_map import COLUMNS, Hex, World, distance, make_world, neighbours
from make_map import FILE as MAP_FILE

FILE = Path(__file__).parent / "first-evening.jsonl"


def write_evening(world: World) -> Evening:
    """All scenes."""
    evening = Evening(world)
    evening.lines.append({"title": "First evening on the Fogbound Coast"})
    evening.lines += [
        {"cast": "dm", "name": "Wren", "role": "dm"},
        {"cast": "mira", "name": "Mira", "role": "co-dm"},
        {"cast": "ada", "name": "Ada", "role": "player"},
        {"cast": "bo", "name": "Bo", "role": "player"},
        {"cast": "cy", "name": "Cy", "role": "player"},
        {"cast": "dee", "name": "Dee", "role": "player", "late": True},
    ]
    for scene in (
        before_the_evening,
        up_the_river,
        two_parties,
        pizza,
        reunion,
        between_the_sessions,
        into_the_mountain,
        two_horizons,
        under_the_northern_light,
    ):
        scene(evening, world.places)
    return evening


def before_the_evening(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("Before the evening: Wren lays out the map. Nobody else sees any of it.")
    evening.act("dm", **{"import": MAP_FILE.name})
    halls = [one for one in neighbours(places["gate"]) if one.q > places["gate"].q]
    evening.update("dm", dict.fromkeys(halls, "underdark"))
    evening.say("The party grew up in Greyhaven and know its surroundings. The islands are known from tales.")
    evening.reveal("dm", evening.around(places["harbour"], 2))
    evening.reveal("dm", [one for one in evening.world.terrain if one.q < 5 and evening.world.terrain[one] == "coast"])
    evening.say("What is to happen first is staged. One idea is a bad one and taken back.")
    evening.send("dm", "broadcast:mode", mode="staged")
    evening.update("dm", dict.fromkeys([places["harbour"]], "ruins"), label="harbour-burns")
    road = evening.way(places["harbour"], places["bridge"], LAND)
    evening.reveal("dm", evening.around(road[1]), label="river-road")
    evening.update("dm", {road[1]: "swamp"}, label="flood")
    evening.send("dm", "staged:undo", changeId="harbour-burns")
    evening.send("bo", "session:start", refused="dm_only")


def up_the_river(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("The session begins, and with it the rain: the road along the river is under water.")
    evening.send("dm", "session:start")
    evening.send("dm", "broadcast:publish")
    evening.send("dm", "broadcast:publish", refused="nothing_staged")
    evening.send("dm", "broadcast:mode", mode="immediate")
    evening.say("Upstream from Greyhaven to Alderbridge.")
    steps = evening.walk("dm", evening.way(places["harbour"], places["bridge"], LAND))
    next(steps)
    evening.say("Dee is late, and finds all that the party has seen so far.")
    evening.act("dee", join=True)
    evening.send("dm", "session:start", refused="session_active")
    for _ in steps:
        pass
    evening.say("Wren asks Mira to run the second group: she becomes a DM too.")
    evening.send("mira", "hex:update", changes=[{"key": places["bridge"].key, "terrain": "ruins"}], refused="dm_only")
    evening.act("dm", promote="mira")


def two_parties(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("The party splits. Ada and Bo follow the river; Cy and Dee go south to Gullmouth, with Mira.")
    inland = evening.walk("dm", evening.way(places["bridge"], places["hamlet"], LAND), ("ada", "bo"))
    south = evening.walk("mira", evening.way(places["bridge"], places["fishers"], LAND), ("cy", "dee"))
    together = zip_longest(inland, south)
    for _ in range(2):
        next(together)
    evening.say("Cy climbs a tree, and only Cy sees how far the forest goes.")
    middle = evening.way(places["bridge"], places["fishers"], LAND)[1]
    evening.reveal("mira", evening.around(middle, 3), ("cy",))
    evening.say("Bo's train goes into a tunnel. The story goes on, also for Bo.")
    evening.act("bo", drop=True)
    next(together)
    evening.say("Behind them Alderbridge burns. All see it, for all have been there.")
    evening.update("dm", {places["bridge"]: "ruins"})
    next(together)
    evening.act("bo", **{"return": True})
    evening.say("In the fog Ada follows a light, alone.")
    astray = evening.way(places["hamlet"], evening.world.rivers[0][0], LAND)[:3]
    for hexagon in astray:
        evening.reveal("dm", evening.around(hexagon), ("ada",))
    for _ in together:
        pass
    evening.say("The sea takes a piece of the coast at Gullmouth: Cy and Dee see it happen, the others know nothing.")
    lost = min(one for one in neighbours(places["fishers"]) if evening.world.terrain[one] == "coast")
    evening.update("mira", {lost: "water"})


def pizza(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("Pizza. Time stands still; both DMs prepare.")
    evening.send("dm", "session:pause")
    evening.send("dm", "session:pause", refused="not_active")
    evening.send("dm", "session:start", refused="session_paused")
    evening.send("dm", "broadcast:mode", mode="staged")
    peaks = [one for one in evening.world.terrain if evening.world.terrain[one] == "mountain"]
    near = sorted(peaks, key=lambda peak: distance(peak, places["hamlet"]))[:6]
    evening.send("dm", "hex:reveal", hexKeys=[near[0].key], targets={"playerIds": ["dee"]}, label="dees-dream")
    evening.reveal("dm", near[:3], ("ada", "bo"), label="first-peaks")
    evening.reveal("mira", evening.around(places["fishers"], 2), ("cy", "dee"), label="gullmouth")
    evening.update("mira", {places["fishers"]: "urban", near[3]: "arctic"}, label="first-snow")
    evening.send("mira", "staged:undo", index=0)
    evening.update("dm", {near[0]: "arctic", near[1]: "arctic"}, label="more-snow")
    evening.send("dm", "staged:undo", changeId="more-snow")
    evening.send("dm", "staged:undo", index=99, refused="no_such_change")
    evening.update("dm", {near[1]: "arctic"}, label="less-snow")
    evening.say("Play goes on, with one stroke of what was prepared.")
    evening.send("dm", "session:resume")
    evening.send("dm", "broadcast:publish")
    evening.send("cy", "broadcast:publish", refused="dm_only")
    evening.update("dm", dict.fromkeys(near, "forest"), label="never-mind")
    evening.say("What Wren began to stage now comes to nothing: leaving the staged mode discards it.")
    evening.send("dm", "broadcast:mode", mode="immediate")


def reunion(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("Cy and Dee come after the others, up the valley to Springhead.")
    way = evening.way(places["fishers"], places["hamlet"], LAND)
    for _ in evening.walk("mira", way, ("cy", "dee")):
        pass
    evening.say("At the fire they lay their maps side by side. Ada keeps the light to herself, and Cy the tree.")
    for player in ("bo", "dee"):
        evening.reveal("dm", evening.seen[player])
    evening.update("dm", dict.fromkeys(evening.world.rivers[1][:2], "ruins"))
    evening.say("A cliffhanger is staged, but it is late. The end of the session discards it.")
    evening.send("dm", "broadcast:mode", mode="staged")
    shown = sorted(evening.around(places["gate"]))
    evening.send("dm", "hex:reveal", hexKeys=[one.key for one in shown], targets="all", label="cliffhanger")
    evening.send("dm", "session:end")
    evening.send("dm", "session:end", refused="no_session")
    evening.send("dm", "session:resume", refused="not_paused")


def between_the_sessions(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("A week later, before the others come: a winter in the north, and an opening that is staged.")
    evening.send("dm", "broadcast:mode", mode="immediate")
    north = [
        one for one, kind in evening.world.terrain.items() if one.row in (2, 3) and kind in ("forest", "grassland")
    ]
    evening.update("dm", dict.fromkeys(north, "arctic"))
    evening.update("dm", {evening.world.rivers[1][0]: "water", evening.world.rivers[1][1]: "water"})
    evening.send("dm", "broadcast:mode", mode="staged")
    path = evening.way(places["hamlet"], places["gate"], LAND | HIGH)
    evening.reveal("dm", evening.around(path[0]), label="the-path")
    evening.update("mira", {path[0]: "grassland"}, label="cleared")


def into_the_mountain(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("The second session: from Springhead up to the Delving.")
    evening.send("mira", "session:start")
    evening.send("mira", "broadcast:publish")
    evening.send("mira", "broadcast:mode", mode="immediate")
    for _ in evening.walk("dm", evening.way(places["hamlet"], places["gate"], LAND | HIGH)):
        pass
    evening.say("Beyond the gate lie halls that are on no map. Dee alone takes the left one.")
    halls = [one for one in neighbours(places["gate"]) if one.q > places["gate"].q]
    for hall in halls:
        evening.reveal("dm", evening.around(hall, 2), ("dee",) if hall == halls[0] else ALL)


def two_horizons(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("Two ways again: Bo and Cy cross the desert to the Last Well; Ada and Dee sail north with Mira.")
    east = evening.walk("dm", evening.way(places["gate"], places["oasis"], LAND | HIGH), ("bo", "cy"))
    voyage = evening.way(places["harbour"], evening.landfall(), {"water"})
    north = evening.walk("mira", voyage, ("ada", "dee"))
    together = zip_longest(east, north)
    for _ in range(4):
        next(together)
    evening.say("Dee's battery dies.")
    evening.act("dee", drop=True)
    for _ in range(2):
        next(together)
    evening.act("dee", **{"return": True})
    evening.say("Rain on dunes that nobody has seen. Before Bo and Cy a storm uncovers what lay under the sand.")
    dunes = sorted(one for one, kind in evening.world.terrain.items() if kind == "desert" and one.q > 20)
    evening.update("dm", dict.fromkeys([one for one in dunes if one not in evening.seen["bo"]][:6], "grassland"))
    evening.update("dm", dict.fromkeys([one for one in dunes if one in evening.seen["bo"]][-2:], "ruins"))
    for _ in together:
        pass
    evening.say("The Last Well. Everybody is told where it lies. What Cy reads in the water is for Cy alone.")
    evening.reveal("dm", evening.around(places["oasis"]))
    evening.reveal("dm", [one for one in evening.world.terrain if one.q == COLUMNS - 1 and one.row > 12], ("cy",))


def under_the_northern_light(evening: Evening, places: dict[str, Hex]) -> None:
    evening.say("All set out for the north: the two from the well, and the two from the ship over the ice.")
    landfall = evening.landfall()
    meeting = min(one for one, kind in evening.world.terrain.items() if kind == "desert" and one.row == 2)
    well = evening.walk("dm", evening.way(places["oasis"], meeting, LAND), ("bo", "cy"))
    ship = evening.walk("mira", evening.way(landfall, meeting, LAND | HIGH), ("ada", "dee"))
    together = zip_longest(well, ship)
    for _ in range(5):
        next(together)
    evening.say("A glass of water, while Mira stages the aurora.")
    evening.send("mira", "session:pause")
    evening.send("mira", "broadcast:mode", mode="staged")
    ice = sorted(one for one, kind in evening.world.terrain.items() if kind == "arctic" and one.row == 0)
    evening.reveal("mira", ice, label="aurora")
    evening.update("mira", dict.fromkeys(ice[::3], "underdark"), label="nightmare")
    evening.send("dm", "staged:undo", changeId="nightmare")
    evening.send("mira", "session:resume")
    evening.send("mira", "broadcast:publish")
    evening.send("mira", "broadcast:mode", mode="immediate")
    evening.say("The sky burns green over the two ways.")
    for _ in together:
        pass
    evening.say("They meet where the range begins. The evening is over.")
    evening.reveal("dm", evening.around(meeting, 2))
    evening.send("dm", "session:end")


def as_text(evening: Evening) -> str:
    """JSON lines, with an empty one before each line that is said."""
    lines = [json.dumps(line, ensure_ascii=False) for line in evening.lines]
    said = zip(evening.lines, lines, strict=True)
    return "".join(f"\n{text}\n" if "say" in line else f"{text}\n" for line, text in said)


if __name__ == "__main__":
    argparse.ArgumentParser(description="Writes the example evening, first-evening.jsonl, in its place.").parse_args()
    FILE.write_text(as_text(write_evening(make_world())))
    print(f"{FILE} written")
