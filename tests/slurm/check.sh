#!/usr/bin/env bash
# A campaign on a real Slurm gives the table of the same campaign on one core and on two, through scancel, requeue, kill -9, the warning
# signal, a restarted controller and a full disk.
#
#     tests/slurm/check.sh [TIPTWIN]     needs root and the packages slurm-wlm and munge; some minutes
set -euo pipefail
cd "$(dirname "$0")/../.."
tiptwin=$(realpath "${1:-target/release/tiptwin}")
work=$(mktemp -d)
chmod 755 "$work"
ok() { printf '  ok: %s (%s s)\n' "$1" "$SECONDS"; }
fail() {
    printf 'FAILED: %s\n' "$1" >&2
    tail -n 5 "$work"/*/submissions/*/log/*.txt "$work"/cluster/log/slurmctld.log >&2 || true
    exit 1
}
end() {
    tests/slurm/cluster.sh stop "$work/cluster" || true
    mountpoint --quiet "$work/small" && umount "$work/small"
    rm -rf "$work"
}
trap end EXIT
hash() { grep -o '"table_sha256": "[0-9a-f]*"' "$1/collected.json"; }
field() { grep -o "\"$2\": [0-9]*" "$1/collected.json" | grep -o '[0-9]*$'; }
wait_for() { # seconds, what, command…
    local until=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || fail "$what did not happen"
        sleep 0.3
    done
}
queue_is_empty() { [ -z "$(squeue --noheader)" ]; }
running() { [ "$(squeue --noheader --states=running --array --format=%i | wc -l)" -ge "$1" ]; }
marked() { [ "$(find "$1/done" -name '*.json' | wc -l)" -ge "$2" ]; }
# Process id of the worker of a shard, of this test alone.
worker() { pgrep --full -- "campaign work '?$work/slurm'? --submission $1 --shard $2 " | head -n 1; }

set_=(--set explore.steps=30 --set campaign.checkpoint_s=1 --set campaign.tasks_per_shard=40
    --set campaign.slurm.memory_mb=500 --set campaign.slurm.warn_s=60)
plan() { "$tiptwin" campaign plan scenarios/library/campaign-small.toml --seeds 0..119 "${set_[@]}" --out "$1" --quiet >/dev/null; }

plan "$work/one"
"$tiptwin" campaign run "$work/one" --threads 1 --quiet >/dev/null
"$tiptwin" campaign collect "$work/one" --quiet >/dev/null
ok "240 explorations on one core: $(hash "$work/one")"
plan "$work/two"
"$tiptwin" campaign run "$work/two" --threads 2 --quiet >/dev/null
"$tiptwin" campaign collect "$work/two" --quiet >/dev/null
[ "$(hash "$work/one")" = "$(hash "$work/two")" ] || fail "two cores give another table"
ok "the same table on two cores"

# Arrays of at most four elements, so six shards need two of them.
TIPTWIN_SLURM_MAX_ARRAY=4 tests/slurm/cluster.sh start "$work/cluster" 3 >/dev/null
# shellcheck disable=SC1091
. "$work/cluster/environment"
plan "$work/slurm"
"$tiptwin" campaign submit "$work/slurm" --dry-run --quiet | grep -q -- "--array=0-3" || fail "no array of four"
"$tiptwin" campaign submit "$work/slurm" --quiet >"$work/submitted"
grep -q "240 explorations in 6 shards" "$work/submitted" || fail "not six shards: $(cat "$work/submitted")"
[ "$(find "$work/slurm/submissions/0001" -name 'array-*.sh' | wc -l)" = 2 ] || fail "not two arrays"
ok "submitted: six shards in two arrays, since the cluster takes four elements"
"$tiptwin" campaign submit "$work/slurm" --quiet 2>"$work/again" && fail "submitted twice"
grep -q "was submitted before" "$work/again" || fail "no reason: $(cat "$work/again")"
first=$(grep -o 'jobs: [0-9]*' "$work/submitted" | grep -o '[0-9]*')

wait_for 60 "four running elements" running 4
wait_for 60 "a first checkpoint" marked "$work/slurm" 4
scancel "${first}_0"
ok "scancel of an element"
kill -9 "$(worker 1 1)"
ok "kill -9 of a worker"
scancel --batch --signal=USR1 "${first}_2"
ok "warning signal to an element"
wait_for 60 "the requeue of the warned element" bash -c "grep -q 'Requeued\|requeued' <(scontrol show job ${first}_2) || [ \"\$(scontrol show job ${first}_2 | grep -o 'Restarts=[0-9]*')\" = Restarts=1 ]"
grep -q "stopped by signal 10: .* explorations are kept" "$work/slurm/submissions/0001/log/${first}_2.txt" || fail "no checkpoint at the warning"
scontrol requeue "${first}_3"
ok "requeue of an element"
tests/slurm/cluster.sh restart-controller "$work/cluster"
ok "slurmctld restarted"
"$tiptwin" campaign collect "$work/slurm" --quiet 2>"$work/early" && fail "collected although explorations are missing"
grep -q "explorations are missing (" "$work/early" || fail "no reason: $(cat "$work/early")"
wait_for 30 "an answer of the restarted controller" bash -c '"$0" campaign retry "$1" --quiet >"$2" 2>&1' "$tiptwin" "$work/slurm" "$work/retried"
ok "retry while others run: $(head -n 1 "$work/retried")"
# A requeued element may not begin again for two minutes, whatever is free.
wait_for 300 "an empty queue" queue_is_empty
"$tiptwin" campaign retry "$work/slurm" --quiet >"$work/last"
wait_for 120 "an empty queue" queue_is_empty
"$tiptwin" campaign status "$work/slurm" --quiet
"$tiptwin" campaign collect "$work/slurm" --quiet >/dev/null
[ "$(hash "$work/one")" = "$(hash "$work/slurm")" ] || fail "Slurm gives another table"
[ "$(field "$work/slurm" missing)" = 0 ] || fail "something is missing"
ok "the same table from Slurm, after all of that ($(field "$work/slurm" duplicates) results were there twice)"

mkdir "$work/small"
if mount -t tmpfs -o size=400k tmpfs "$work/small"; then
    plan "$work/small/full"
    "$tiptwin" campaign run "$work/small/full" --threads 2 --quiet 2>"$work/disk" && fail "a full disk was not noticed"
    grep -q "No space left on device" "$work/disk" || fail "no reason: $(cat "$work/disk")"
    mount -o remount,size=100m "$work/small"
    "$tiptwin" campaign run "$work/small/full" --threads 2 --quiet >"$work/resumed"
    "$tiptwin" campaign collect "$work/small/full" --quiet >/dev/null
    [ "$(hash "$work/one")" = "$(hash "$work/small/full")" ] || fail "another table after a full disk"
    ok "disk full: $(cat "$work/disk"); then $(head -n 1 "$work/resumed")"
else
    echo "  no file system can be mounted here: the full disk is skipped"
fi
ok "all"
