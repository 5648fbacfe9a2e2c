#!/bin/sh
# What a new stack needs once. Run again it changes nothing; with arguments it runs that command instead.
set -eu
umask 077

if [ $# -gt 0 ]; then
    exec smart-router "$@"
fi

# The file is where a stack begins; later changes are made with `config apply`.
if [ "$(smart-router config versions --output json | tr -d ' \n')" = "[]" ]; then
    smart-router config apply "$CONFIGURATION" --comment "first start"
fi

# Writes what a command prints into a file, whole or not at all, unless the file is there.
once() {
    file=$1
    shift
    [ -s "$file" ] && return
    "$@" > "$file.new"
    mv "$file.new" "$file"
}

# A router uses its own once; its volume then holds its credential.
once "$SHARED/router-1.join" smart-router node join-token --ttl 24h
once "$SHARED/router-2.join" smart-router node join-token --ttl 24h
once "$SHARED/prometheus.token" smart-router token create --caller prometheus
