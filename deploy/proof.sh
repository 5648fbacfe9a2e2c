#!/bin/sh
# Shows on one machine that an installation keeps what it promises. Needs `smart-router` in the path, curl and nothing else; leaves
# nothing behind.
#
#   deploy/proof.sh           once: a minute
#   deploy/proof.sh 1440      goes on for so many minutes, killing one process after another
set -eu

minutes=${1:-0}
here=$(cd "$(dirname "$0")" && pwd)
port=${PROOF_PORT:-18800}
work=$(mktemp -d)
pids=
export SMART_ROUTER_LOG=warn
trap 'kill $pids 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

sandbox=127.0.0.1:$port admin=127.0.0.1:$((port + 1)) grpc=127.0.0.1:$((port + 2))
router_1=127.0.0.1:$((port + 3)) router_2=127.0.0.1:$((port + 4))
state=$work/control-plane
sent=0

fail() { echo "FAILED  $1" >&2; tail -n 5 "$work"/*.log >&2; exit 1; }
ok() { echo "ok      $1"; }
start() { name=$1; shift; "$@" >>"$work/$name.log" 2>&1 & eval "pid_$name=$!"; pids="$pids $!"; }
end() { eval "pid=\$pid_$1"; kill "-$2" "$pid"; wait "$pid" 2>/dev/null || true; }
eventually() { # what, command…
    what=$1; shift; tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1)); [ $tries -lt 300 ] || fail "$what"; sleep 0.1
    done
}
ready() { eventually "$1 is ready" smart-router health --url "http://$1/readyz"; }
admin() { smart-router "$@" --data-dir "$state"; }
control_plane() { start control_plane smart-router control-plane --data-dir "$state" --admin-listen "$admin" --grpc-listen "$grpc"; ready "$admin"; }
router() { # number, address, options…
    number=$1 address=$2; shift 2
    start "router_$number" smart-router data-plane --data-dir "$work/router-$number" --listen "$address" --control-plane "http://$grpc" "$@"
    ready "$address"
}
ask() { # address, path, body; prints the status
    curl --silent --output "$work/answer" --dump-header "$work/head" --write-out '%{http_code}' --max-time 20 \
        "http://$1$2" -H "authorization: Bearer $token" -H 'content-type: application/json' -d "$3" || true
}
chat='{"model":"coding","messages":[{"role":"user","content":"hello"}]}'
serves() { [ "$(ask "$1" /v1/chat/completions "$chat")" = 200 ] || fail "$1 does not serve: $(cat "$work/answer")"; sent=$((sent + 1)); }
counted() { [ "$(admin report --since 30d --group-by group --output json | tr -d ' \n' | sed 's/.*"total":{[^}]*"requests":\([0-9]*\).*/\1/')" = "$sent" ]; }

start sandbox smart-router sandbox --listen "$sandbox"
control_plane
sed "s/127.0.0.1:8802/$sandbox/" "$here/model-group.yaml" >"$work/model-group.yaml"
admin config check "$work/model-group.yaml" >/dev/null 2>&1
admin config apply "$work/model-group.yaml" >/dev/null 2>&1
router 1 "$router_1" --join-token "$(admin node join-token 2>/dev/null)"
router 2 "$router_2" --join-token "$(admin node join-token 2>/dev/null)"
token=$(admin token create --caller build-agent 2>/dev/null)
for address in "$router_1" "$router_2"; do
    known() { [ "$(curl --silent --output /dev/null --write-out '%{http_code}' -H "authorization: Bearer $token" "http://$address/v1/models")" = 200 ]; }
    eventually "$address knows a new token" known
done
ok "two routers have joined, and take a new token"

for request in "/v1/chat/completions $chat" '/v1/responses {"model":"coding","input":"hello"}' \
    '/v1/messages {"model":"coding","max_tokens":50,"messages":[{"role":"user","content":"hello"}]}'; do
    [ "$(ask "$router_1" "${request%% *}" "${request#* }")" = 200 ] || fail "${request%% *}: $(cat "$work/answer")"
    sent=$((sent + 1))
    grep -qi '^x-router-attempts: 2' "$work/head" || fail "the second target did not answer where the first one fails"
done
ok "all three dialects are answered, by the second target where the first one fails"

other=$(admin token create --caller build-agent 2>/dev/null)
admin token revoke "$(echo "$other" | cut -d_ -f2)" >/dev/null 2>&1
# A token that was made after the backup is not known any more: 401.
refused() { case $(curl --silent --output /dev/null --write-out '%{http_code}' -H "authorization: Bearer $other" "http://$address/v1/models") in 401 | 403) ;; *) false ;; esac; }
for address in "$router_1" "$router_2"; do eventually "$address refuses a revoked token" refused; done
ok "a revoked token is refused everywhere"

end control_plane KILL
serves "$router_1"
end router_2 KILL
router 2 "$router_2"
serves "$router_2"
ok "routers serve, and start, without the control plane"

control_plane
eventually "every request is counted once" counted
ok "$sent requests are counted, each once"

admin db backup "$work/backup" 2>/dev/null >/dev/null
later=$(admin token create --caller build-agent 2>/dev/null)
admin token revoke "$(echo "$later" | cut -d_ -f2)" >/dev/null 2>&1
end control_plane TERM
mkdir "$work/elsewhere" && cp "$state/master.key" "$work/elsewhere/"
state=$work/elsewhere
admin db restore "$work/backup" 2>/dev/null >/dev/null
control_plane
# What they hold is known when they are connected; until then the list says what the backup remembers.
there() { [ "$(admin node list --output json | grep -c '"ahead"')" = 2 ]; }
eventually "routers find the restored control plane" there
admin db adopt >/dev/null 2>&1
current() { [ "$(admin node list --output json | grep -c '"current"')" = 2 ]; }
eventually "routers follow the restored control plane" current
for other in "$other" "$later"; do
    for address in "$router_1" "$router_2"; do refused || fail "$address takes a revoked token after the restore"; done
done
serves "$router_1"
eventually "every request is counted once after the restore" counted
ok "a backup is restored elsewhere, routers follow, the revoked stays revoked"

until=$(($(date +%s) + minutes * 60)) round=0
while [ "$(date +%s)" -lt "$until" ]; do
    round=$((round + 1))
    for request in 1 2 3 4 5 6 7 8 9 10; do serves "$router_1"; serves "$router_2"; done
    case $((round % 3)) in
        0) end router_1 KILL; serves "$router_2"; router 1 "$router_1" ;;
        1) end router_2 KILL; serves "$router_1"; router 2 "$router_2" ;;
        2) end control_plane KILL; serves "$router_1"; serves "$router_2"; control_plane ;;
    esac
    eventually "every request is counted once" counted
    [ $((round % 60)) != 0 ] || ok "round $round: $sent requests, all served, each counted once"
    sleep 5
done
[ "$minutes" = 0 ] || ok "$minutes minutes: $sent requests, all served, each counted once"
