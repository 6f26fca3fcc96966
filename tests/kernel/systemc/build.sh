#!/bin/sh
# Prints anew the logs beside the programs, with the SystemC of Debian's libsystemc-dev (2.3.4).
# usage: sh build.sh [program ...]
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
[ $# -gt 0 ] || set -- "$here"/*.cpp
for file in "$@"; do
    name=$(basename "$file" .cpp)
    g++ -std=c++17 -O1 -w -DSC_INCLUDE_DYNAMIC_PROCESSES "$here/$name.cpp" -o "$work/$name" -lsystemc
    (cd "$work" && SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 timeout 20 "./$name" "$here/$name.txt" | sed '/^$/d' >"$here/$name.log")
done
rm -r "$work"
