#!/bin/sh
# The link between two network namespaces of this machine, 25 ms apart each way, with mutual TLS: a run there is the run here, bit for bit, and a
# cable that is pulled leaves a safe instrument. Needs root, iproute2 and python3.
#
#   tests/link/namespaces.sh [PROGRAM]          default: target/release/tiptwin
set -eu
program=$(realpath "${1:-target/release/tiptwin}")
folder=$(mktemp -d)
afm=tiptwin-afm-$$ gpu=tiptwin-gpu-$$ lease_s=3

cleanup() {
    for pid in $(ip netns pids "$afm" 2>/dev/null) $(ip netns pids "$gpu" 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
    ip netns del "$afm" 2>/dev/null || true
    ip netns del "$gpu" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

ip netns add "$afm"
ip netns add "$gpu"
ip link add link0 netns "$afm" type veth peer name link0 netns "$gpu"
ip -n "$afm" addr add 10.231.7.1/24 dev link0
ip -n "$gpu" addr add 10.231.7.2/24 dev link0
for space in "$afm" "$gpu"; do
    ip -n "$space" link set lo up
    ip -n "$space" link set link0 up
    tc -n "$space" qdisc add dev link0 root netem delay 25ms || echo "no netem in this kernel: the line has no delay"
done

cd "$folder"
"$program" link init certificates --name 10.231.7.1 --quiet >init.txt
rest='[scan]
size_um = 1.0
pixels = 64
[measurement]
light_suns = 0.1
[explore]
seed = 4
'
printf '[instrument]\ndriver = "twin"\n%s' "$rest" >twin.toml
printf '[instrument]\ndriver = "remote"\n[instrument.remote]\naddress = "10.231.7.1:50551"\ncertificates = "certificates/client"\npatience_s = 5\n%s' \
    "$rest" >remote.toml
ip netns exec "$afm" "$program" link serve-instrument twin.toml --address 10.231.7.1:50551 --certificates certificates/server \
    --lease-s $lease_s >serve.txt 2>messages.txt &
for _ in $(seq 100); do grep -q '^# serving' serve.txt && break; sleep 0.1; done
cat messages.txt

"$program" explore twin.toml --set explore.steps=200 --out here --quiet >/dev/null
ip netns exec "$gpu" "$program" explore remote.toml --set explore.steps=200 --out there --quiet >/dev/null
python3 - <<'PY'
import json
def done(run):
    events = [json.loads(line)["event"] for line in open(f"{run}/journal.jsonl")]
    kept = [e for e in events if e["type"] in ("scan", "intent", "decision", "measurement", "rejected")]
    return [{k: v for k, v in e.items() if not k.startswith(("wall_time", "decide"))} for e in kept]
here, there = done("here"), done("there")
assert here == there, "the journals differ"
assert open("here/curves.f64", "rb").read() == open("there/curves.f64", "rb").read(), "the curves differ"
print(sum(e["type"] == "measurement" for e in there), "measurements over the link, equal bit for bit")
took = [json.load(open(f"{run}/summary.json"))["timing_s"]["instrument_total"] for run in ("here", "there")]
print(f"instrument: {took[0]:.2f} s here, {took[1]:.2f} s there, {1e3 * (took[1] - took[0]) / 200:.1f} ms more a step")
PY

# The cable is pulled in the middle of a run.
ip netns exec "$gpu" "$program" explore remote.toml --set explore.steps=2000 --out cut --quiet >/dev/null 2>cut.txt &
learner=$!
for _ in $(seq 300); do [ "$(grep -c '"type":"decision"' cut/journal.jsonl 2>/dev/null)" -ge 20 ] 2>/dev/null && break; sleep 0.1; done
before=$(grep -c 'the instrument is safe' messages.txt || true)
ip -n "$gpu" link set link0 down
for _ in $(seq 100); do [ "$(grep -c 'the instrument is safe' messages.txt)" -gt "$before" ] && break; sleep 0.1; done
[ "$(grep -c 'the instrument is safe' messages.txt)" -gt "$before" ] || { echo "the instrument was not made safe"; cat messages.txt; exit 1; }
echo "cable pulled: $(grep 'no heartbeat' messages.txt)"
code=0
wait $learner || code=$?
[ $code -eq 6 ] || { echo "the run ended with $code instead of 6"; cat cut.txt; exit 1; }
echo "the run ended with exit code 6"
