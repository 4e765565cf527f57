#!/usr/bin/env bash
# A Slurm cluster on this machine: one controller and several virtual nodes, real daemons, no systemd.
#
#     tests/slurm/cluster.sh start FOLDER [NODES]    three nodes of two CPUs unless said otherwise; prints the line to source
#     . FOLDER/environment                           SLURM_CONF, for sbatch, squeue, scontrol and scancel
#     tests/slurm/cluster.sh restart-controller FOLDER
#     tests/slurm/cluster.sh stop FOLDER
#
# Needs Debian's or Ubuntu's packages slurm-wlm and munge, and root, since munged and slurmd ask for owners. Nothing outside FOLDER is touched:
# key, sockets, state and logs lie there, and the daemons are those whose process ids do.
set -euo pipefail

here=$(realpath -m "${2:?FOLDER is missing}")
nodes=${3:-3}
base_port=${TIPTWIN_SLURM_PORT:-17000}

running() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

end() {
    running "$1" || return 0
    kill "$(cat "$1")"
    for _ in $(seq 100); do running "$1" || return 0; sleep 0.1; done
    kill -9 "$(cat "$1")"
}

controller() { slurmctld -f "$here/slurm.conf" "$@"; }

answers() {
    for _ in $(seq 150); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.2
    done
    echo "no answer from: $*" >&2
    tail -n 20 "$here"/log/*.log >&2
    return 1
}

start() {
    mkdir -p "$here"/{log,state,spool,run}
    chmod 755 "$here" "$here"/*
    umask 022
    head -c 1024 /dev/urandom >"$here/munge.key"
    chmod 400 "$here/munge.key"
    munged --force --key-file="$here/munge.key" --socket="$here/run/munge.socket" --pid-file="$here/run/munged.pid" \
        --log-file="$here/log/munged.log" --seed-file="$here/state/munge.seed"
    local host cpus
    host=$(hostname -s)
    cat >"$here/slurm.conf" <<CONF
ClusterName=tiptwin
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$here/run/munge.socket
CredType=cred/munge
SlurmctldPort=$base_port
SlurmctldPidFile=$here/run/slurmctld.pid
SlurmctldLogFile=$here/log/slurmctld.log
SlurmdPidFile=$here/run/slurmd-%n.pid
SlurmdLogFile=$here/log/slurmd-%n.log
SlurmdSpoolDir=$here/spool/%n
StateSaveLocation=$here/state
SwitchType=switch/none
MpiDefault=none
# Process groups instead of control groups: a container may have none that can be written.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdParameters=config_overrides
MaxArraySize=${TIPTWIN_SLURM_MAX_ARRAY:-1001}
MinJobAge=300
KillWait=5
JobRequeue=1
CONF
    for i in $(seq "$nodes"); do
        echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base_port + i)) CPUs=2 RealMemory=2000 State=UNKNOWN" >>"$here/slurm.conf"
    done
    echo "PartitionName=all Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE State=UP" >>"$here/slurm.conf"
    echo "export SLURM_CONF=$here/slurm.conf" >"$here/environment"
    export SLURM_CONF="$here/slurm.conf"
    controller -c
    for i in $(seq "$nodes"); do
        mkdir -p "$here/spool/n$i"
        slurmd -N "n$i" -f "$here/slurm.conf"
    done
    idle() { [ "$(sinfo --noheader --states=idle --format=%D | tail -n 1)" = "$nodes" ]; }
    answers idle
    echo ". $here/environment"
}

stop() {
    for pid in "$here"/run/slurmd-*.pid "$here/run/slurmctld.pid" "$here/run/munged.pid"; do
        end "$pid"
    done
}

case "${1:-}" in
start) start ;;
stop) stop ;;
restart-controller)
    end "$here/run/slurmctld.pid"
    controller
    SLURM_CONF="$here/slurm.conf" answers scontrol ping
    ;;
*)
    echo "usage: $0 start|stop|restart-controller FOLDER [NODES]" >&2
    exit 2
    ;;
esac
