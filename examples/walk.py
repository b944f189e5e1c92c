# A walk through the files of a campaign, in cells for a notebook (VS Code, Spyder, Jupytext) or as a program:
#
#     fogbound export files
#     .venv/bin/python examples/walk.py files
#
# Needs duckdb and plotly: pip install 'fogbound[analysis]'.

# %% The files as tables. `event.*parquet` are all parts of one table, however often it was gone on with.
import sys
from pathlib import Path

import duckdb

files = Path(sys.argv[1] if sys.argv[1:] else "files")
if not (files / "manifest.json").is_file():
    sys.exit(f"There is no export in {files}: fogbound export {files} makes one")
db = duckdb.connect()
db.execute("set timezone = 'UTC'")
for name in ("event", "session", "reveal", "staged_change", "attendance", "terrain", "change_staged"):
    db.execute(f"create view {name} as from read_parquet('{files}/{name}.*parquet')")
print("Campaigns")
print(db.sql("select campaign_id, count(*) as events, min(recorded_at) as first from event group by all"))

# %% How long was each evening, and how many hexes were new?
evenings = db.sql("""
    select campaign_id, number, started_at, round(active_seconds / 60, 1) as minutes, count(distinct hex) as hexes
    from session left join reveal using (campaign_id, session_id)
    group by all order by started_at
""")
print("The last evenings")
print(evenings.order("started_at desc").limit(5))

# %% How long does a surprise wait? A histogram in powers of four.
print("How long surprises wait, in seconds")
print(
    db.sql("""
    select 4 ** floor(log(greatest(seconds, 1)) / log(4)) as from_seconds, count(*) as published,
        bar(count(*), 0, max(count(*)) over (), 40) as share
    from staged_change where outcome = 'published' group by all order by from_seconds
""")
)

# %% Lists are lists: which terrain is staged most often?
print("Terrain that was staged")
print(
    db.sql("""
    select terrain, count(*) as hexes from (select unnest(terrains) as terrain from change_staged)
    group by all order by hexes desc, terrain limit 5
""")
)

# %% How the land came to be known: hexes that somebody has seen, over time, as a picture.
known = db.sql("""
    select first, row_number() over (order by first) as hexes
    from (select campaign_id, hex, min(revealed_at) as first from reveal group by all)
""").fetchall()

import plotly.graph_objects as go  # noqa: E402 - a cell has its own imports

picture = go.Figure(go.Scatter(x=[first for first, _ in known], y=[hexes for _, hexes in known], line_shape="hv"))
picture.update_layout(title="Hexes that somebody has seen", template="plotly_white")
picture.write_html(files / "known.html", include_plotlyjs=True)
print(f"{files / 'known.html'}: {len(known)} hexes")
