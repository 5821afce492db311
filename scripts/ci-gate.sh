#!/bin/sh
# Lets a build go on only when HSS knows its image, the scan is complete, the state was read just now, and the severity
# is below a limit. In all other cases the build stops: see docs/ci-gate.md.
#
#   HSS_BFF=https://bff.example HSS_BFF_KEY=… ci-gate.sh REF [low|medium|high]
#
# Exit 0: pass. 1: HSS knows the image, and the image is not good enough. 2: the state of the image is not known.
set -u

cannot_tell() {
  echo "ci-gate: $1" >&2
  exit 2
}

ref=${1-}
limit=${2-high}
[ $# -le 2 ] && [ -n "$ref" ] || cannot_tell 'usage: ci-gate.sh REF [low|medium|high]'
case $limit in low | medium | high) ;; *) cannot_tell "no such severity: $limit" ;; esac
[ -n "${HSS_BFF-}" ] && [ -n "${HSS_BFF_KEY-}" ] || cannot_tell 'HSS_BFF and HSS_BFF_KEY must be set'
# How many seconds to wait in total for the end of a scan or for the call budget of HSS. 0: ask once.
patience=${HSS_BFF_WAIT-300}
case $patience in '' | *[!0-9]*) cannot_tell 'HSS_BFF_WAIT must be a number of seconds' ;; esac
command -v curl >/dev/null && command -v jq >/dev/null || cannot_tell 'curl and jq are needed'

work=$(mktemp -d) || cannot_tell 'no directory for temporary files'
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
waited=0

while :; do
  # The key comes from standard input: every user of the machine can read a command line.
  status=$(printf 'X-API-Key: %s\n' "$HSS_BFF_KEY" |
    curl --silent --show-error --max-time 60 --max-filesize 10000000 \
      --header @- --header 'Prefer: handling=strict' --header 'Accept: application/json' \
      --dump-header "$work/headers" --output "$work/body" --write-out '%{http_code}' \
      --get --data-urlencode "ref=$ref" --data-urlencode 'include=image' \
      "$HSS_BFF/v1/images/lookup") || status=000
  [ "$status" = 200 ] && break

  # Our errors are JSON with these two fields. Any other answer came from a proxy in between: a retry may help.
  code=$(jq -er 'select(type == "object") | .code | strings' "$work/body" 2>/dev/null) || code="no answer (HTTP $status)"
  again=$(jq -r 'if type == "object" and (.retryable | type) == "boolean" then .retryable else true end' \
    "$work/body" 2>/dev/null) || again=true
  [ "$again" = false ] && cannot_tell "$code"
  pause=$(tr -d '\r' <"$work/headers" 2>/dev/null | sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]\{1,5\}\)$/\1/p' | tail -n 1)
  : "${pause:=10}"
  [ $((waited + pause)) -gt "$patience" ] && cannot_tell "$code"
  waited=$((waited + pause + 1))
  sleep "$pause"
  rm -f "$work/body" "$work/headers"
done

grep -qi '^x-demo-data:' "$work/headers" && cannot_tell 'this is a demo: its data are made up'

# Every condition is checked by name. A value that is missing, null or unknown to this script stops the build.
verdict=$(jq -r --arg ref "$ref" --arg limit "$limit" '
  def plain: sub("^sha256:"; "");
  (["none", "low", "medium", "high"]) as $words
  | (.image | if type == "object" then . else {} end) as $image
  | ($ref | (capture("(?<digest>sha256:[0-9a-f]{64})$") // {}).digest) as $wanted
  | if .parts.image.status != "fresh" then "unknown: what HSS says of it is not fresh"
    elif $wanted != null and (($image.digest // "") | tostring | plain) != ($wanted | plain)
      then "unknown: the answer is about another image"
    elif $image.scan.status != "completed" or $image.scan.failure != null
      then "bad: its scan is \($image.scan.status // "not known")"
    elif ($words | index([$image.severity])) == null then "bad: its severity is \($image.severity // "not assessed")"
    elif ($words | index([$image.severity])) >= ($words | index([$limit])) then "bad: its severity is \($image.severity)"
    else "pass: its severity is \($image.severity), scanned \($image.scan.scannedAt // "at a time unknown")"
    end' "$work/body" 2>/dev/null) || cannot_tell 'the answer could not be read'

echo "ci-gate: $ref: $verdict"
case $verdict in
  'pass: '*) exit 0 ;;
  'bad: '*) exit 1 ;;
  *) exit 2 ;;
esac
