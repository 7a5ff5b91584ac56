#!/bin/sh
set -e
for a in "$@"; do echo "<$a>"; done
echo $# $0
exec "${3:-true}"
