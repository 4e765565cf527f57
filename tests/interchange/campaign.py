"""Reads a collected campaign with pyarrow, polars and duckdb, and compares what they find with the campaign's own files.

    tiptwin campaign run scenarios/library/campaign-small.toml --seeds 0..5 --strategies random,tiptwin/max-variance --out out/campaign
    tiptwin campaign collect out/campaign
    pip install -r tests/interchange/requirements.txt
    python tests/interchange/campaign.py out/campaign

The queries are those of docs/campaigns.md.
"""
import json
import pathlib
import sys

import duckdb
import numpy as np
import polars
import pyarrow.dataset

folder = pathlib.Path(sys.argv[1])
table, results = folder / "table", folder / "results"

# What the campaign says, read without any Parquet.
records = [json.loads(line) for file in (folder / "outcomes").glob("*.jsonl") for line in file.read_text().splitlines()]
rows = {
    (o["case"], o["strategy"], o["seed"], score["n"]): (score["r2"], record["task"], o["played"]["decide_s"])
    for record in records
    for o in [record["outcome"]]
    for score in o["played"]["scores"]
}
collected = json.loads((folder / "collected.json").read_text())
comparison = json.loads((folder / "comparison.json").read_text())
assert collected["missing"] == 0 and len(rows) > 0
last = comparison["rows"][-1]["n"]
means = {(r["case"], r["strategy"]): r["r2"] for r in comparison["rows"] if r["n"] == last and r["case"] != "all"}


def same(what, found):
    """`found` has the columns case, strategy, seed, n, r2, task, decide_s, version and build in any order of rows."""
    keys = list(zip(*(found[k] for k in ("case", "strategy", "seed", "n"))))
    assert len(keys) == len(set(keys)) == len(rows), f"{what}: {len(keys)} rows, {len(rows)} expected"
    for key, r2, task, decide_s in zip(keys, found["r2"], found["task"], found["decide_s"]):
        assert rows[key] == (r2, task, decide_s), f"{what}: {key}"
    assert set(found["version"]) == {collected["version"]} and set(found["build"]) == {collected["build"]}, what


names = ["case", "strategy", "seed", "n", "r2", "task", "decide_s", "version", "build"]
same("pyarrow, table", pyarrow.dataset.dataset(table, partitioning="hive").to_table(columns=names).to_pydict())
same("pyarrow, results", pyarrow.dataset.dataset(results, partitioning="hive").to_table(columns=names).to_pydict())
lazy = polars.scan_parquet(f"{table}/**/*.parquet", hive_partitioning=True)
same("polars", lazy.select(names).collect().to_dict(as_series=False))
quoted = ", ".join(f'"{name}"' for name in names)  # "case" is a word of SQL
found = duckdb.sql(f"SELECT {quoted} FROM read_parquet('{table}/**/*.parquet', hive_partitioning = true)")
same("duckdb", {k: v.tolist() for k, v in found.fetchnumpy().items()})

# Queries of the documentation.
ends = duckdb.sql(f"""
    SELECT "case", strategy, avg(r2) AS r2, quantile_cont(r2, 0.05) AS worst, count(*) AS explorations
    FROM read_parquet('{table}/**/*.parquet', hive_partitioning = true)
    WHERE n = {last} GROUP BY ALL ORDER BY ALL
""").fetchall()
found = {(case, strategy): r2 for case, strategy, r2, _, _ in ends}
assert found.keys() == means.keys() and np.allclose([found[k] for k in means], list(means.values()), rtol=1e-12), ends

paired = (
    lazy.filter(polars.col("n") == last)
    .collect()
    .pivot("strategy", index=["case", "seed"], values="r2")
)
first, second = comparison["strategies"][:2]
median = (paired[second] - paired[first]).median()
difference = next(d for d in comparison["differences"] if d["strategy"] == second and d["n"] == last)
assert abs(median - difference["median"]) < 1e-12, (median, difference)

missing = duckdb.sql(f"""
    SELECT count(*) FROM '{folder}/tasks.parquet' AS t
    ANTI JOIN read_parquet('{results}/**/*.parquet', hive_partitioning = true) AS r ON t.task = r.task
""").fetchall()
assert missing == [(0,)], missing

print(f"{folder}: {len(rows)} rows read alike by pyarrow, polars and duckdb; three queries agree with comparison.json")
