#!/bin/sh
# Lets a build go on only when HSS knows its image, the scan is complete, the state was read just now, the severity is
# below a limit, and no file is malicious. In all other cases the build stops: see docs/ci-gate.md.
#
#   HSS_BFF=https://bff.example HSS_BFF_KEY=… ci-gate.sh REF [low|medium|high]
#
# Exit 0: pass. 1: HSS knows the image, and the image is not good enough. 2: the state of the image is not known.
set -u

# Prints one line. Text of a server must not write control characters into the log of a build.
say() {
  printf 'ci-gate: %s\n' "$(printf '%s' "$1" | tr '\n' ' ' | tr -d '\000-\037\177')"
}

cannot_tell() {
  say "$1" >&2
  exit 2
}

# number NAME VALUE LEAST: whether a setting is a whole number of seconds.
number() {
  case $2 in '' | *[!0-9]* | 0?* | ??????????*) cannot_tell "$1 must be a number of seconds" ;; esac
  [ "$2" -ge "$3" ] || cannot_tell "$1 must be at least $3"
}

ref=${1-}
limit=${2-high}
[ $# -le 2 ] && [ -n "$ref" ] || cannot_tell 'usage: ci-gate.sh REF [low|medium|high]'
case $limit in low | medium | high) ;; *) cannot_tell "no such severity: $limit" ;; esac
[ -n "${HSS_BFF-}" ] && [ -n "${HSS_BFF_KEY-}" ] || cannot_tell 'HSS_BFF and HSS_BFF_KEY must be set'
service=$HSS_BFF
while [ "$service" != "${service%/}" ]; do service=${service%/}; done
# How many seconds to wait in total for an image, for its scan, or for the call budget of HSS. 0: ask once.
patience=${HSS_BFF_WAIT-300}
number HSS_BFF_WAIT "$patience" 0
max_age=${HSS_BFF_MAX_AGE-}
[ -z "$max_age" ] || number HSS_BFF_MAX_AGE "$max_age" 1
scan_max_age=${HSS_BFF_SCAN_MAX_AGE-}
[ -z "$scan_max_age" ] || number HSS_BFF_SCAN_MAX_AGE "$scan_max_age" 1
case ${HSS_BFF_ALLOW_MALICIOUS-} in
  1) allow_malicious=true ;;
  '' | 0) allow_malicious=false ;;
  *) cannot_tell 'HSS_BFF_ALLOW_MALICIOUS must be 0 or 1' ;;
esac
command -v curl >/dev/null && command -v jq >/dev/null || cannot_tell 'curl and jq are needed'

# A digest decides alone: the tag beside it may have moved.
digest=$(printf '%s' "$ref" | tr 'A-F' 'a-f' |
  sed -n -e 's/^\(.*@\)\{0,1\}[Ss][Hh][Aa]256:\([0-9a-f]\{64\}\)$/\2/' -e 's/^[0-9a-f]\{64\}$/&/p')
asked=$ref
if [ -n "$digest" ]; then
  name=${ref%@*}
  [ "$name" = "$ref" ] && name=
  last=${name##*/}
  [ -n "$name" ] && name=${name%"$last"}${last%%:*}@
  asked=${name}sha256:$digest
fi
case $ref in *@*) [ -n "$digest" ] || cannot_tell 'the digest behind the @ is not readable' ;; esac

work=$(mktemp -d) || cannot_tell 'no directory for temporary files'
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
began=$(date +%s)
pause=1

# Asks once. Sets `status`, and leaves the answer in the files `headers` and `body`.
ask() {
  : >"$work/body"
  : >"$work/headers"
  # The key comes from standard input: every user of the machine can read a command line.
  status=$(printf 'X-API-Key: %s\n' "$HSS_BFF_KEY" |
    curl --silent --show-error --max-time 60 --max-filesize 10000000 \
      --header @- --header 'Prefer: handling=strict' --header 'Accept: application/json' \
      ${max_age:+--header "Cache-Control: max-age=$max_age"} \
      --dump-header "$work/headers" --output "$work/body" --write-out '%{http_code}' \
      --get --data-urlencode "ref=$asked" --data-urlencode 'include=image' \
      "$service/v1/images/lookup") || status=000
}

# Every condition is checked by name. A value that is missing, null or unknown to this script stops the build. The
# whole body must be one JSON value: jq takes an empty body, and several values, for a success.
judge() {
  jq -rs --arg digest "$digest" --arg limit "$limit" --argjson malicious "$allow_malicious" \
    --arg oldest "$scan_max_age" '
    def plain: sub("^sha256:"; "");
    def seconds: try (sub("\\.[0-9]+"; "") | fromdateiso8601) catch null;
    (["none", "low", "medium", "high"]) as $words
    | (if length == 1 then .[0] else error("not one value") end)
    | (.image | if type == "object" then . else {} end) as $image
    | ($image.scan.scannedAt | if type == "string" then seconds else null end) as $scannedAt
    | $image.findingCounts.maliciousFiles as $files
    | if .parts.image.status != "fresh" then "unknown: what HSS says of it is not fresh"
      elif $digest != "" and (($image.digest // $image.imageId // "") | tostring | plain) != $digest
        then "unknown: the answer is about another image"
      elif (["not-scanned", "waiting", "scanning"] | index([$image.scan.status])) != null
        then "wait: its scan is \($image.scan.status)"
      elif $image.scan.status != "completed" or $image.scan.failure != null
        then "bad: its scan is \($image.scan.status // "not known")"
      elif ($words | index([$image.severity])) == null then "bad: its severity is \($image.severity // "not assessed")"
      elif ($words | index([$image.severity])) >= ($words | index([$limit])) then "bad: its severity is \($image.severity)"
      elif ($malicious | not) and ($files | type) != "number" then "bad: how many files are malicious is not known"
      elif ($malicious | not) and $files != 0 then "bad: \($files) of its files are malicious"
      elif $oldest != "" and $scannedAt == null then "bad: the time of its scan is not known"
      elif $oldest != "" and now - $scannedAt > ($oldest | tonumber)
        then "bad: its scan of \($image.scan.scannedAt) is too old"
      elif $oldest != "" and $scannedAt - now > 300 then "unknown: its scan lies in the future: compare the clocks"
      else "pass: its severity is \($image.severity), scanned \($image.scan.scannedAt // "at a time unknown")"
      end' "$work/body" 2>/dev/null
}

# field FILTER: a value of an error of the service, which is JSON. Empty for an answer from a proxy in between.
field() {
  jq -rs "if length == 1 and (.[0] | type) == \"object\" then .[0] | $1 else empty end" "$work/body" 2>/dev/null
}

while :; do
  ask
  case $status in
    200)
      grep -qi '^x-demo-data:' "$work/headers" && cannot_tell 'this is a demo: its data are made up'
      verdict=$(judge) && [ -n "$verdict" ] || cannot_tell 'the answer could not be read'
      case $verdict in 'wait: '*) verdict="bad: ${verdict#wait: }" ;; *) break ;; esac
      ;;
    3??) cannot_tell "HSS_BFF is redirected (HTTP $status): use the address that it leads to" ;;
    *)
      code=$(field '.code | strings') || code=
      again=$(field '.retryable | select(type == "boolean")') || again=
      detail=$(field '.detail | strings') || detail=
      verdict="unknown: ${code:-no answer of the service (HTTP $status)}${detail:+: $detail}"
      case $code in
        image-not-scanned) verdict='bad: its scan is not complete' ;;
        # The registry may have the image for some seconds only.
        not-found) ;;
        ambiguous-reference)
          say "$verdict" >&2
          field '.candidates[]? | "\(.registryName // "on hosts"): \(.namespace // "-")/\(.name // "-"):\(.tag // "-") \(.digest // .imageId // "-")"' |
            while IFS= read -r candidate; do say "  $candidate" >&2; done
          exit 2
          ;;
        *) [ "$again" != false ] || break ;;
      esac
      ;;
  esac

  left=$((patience - ($(date +%s) - began)))
  wanted=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *\([0-9]\{1,9\}\) *$/\1/p' | tail -n 1)
  # Asking before the time that the service names cannot help.
  [ "$left" -gt 0 ] && [ "${wanted:-1}" -le "$left" ] || break
  [ "$pause" -le "$left" ] || pause=$left
  if [ "${wanted:-0}" -gt 0 ]; then sleep "$wanted"; else sleep "$pause"; fi
  pause=$((pause < 8 ? pause * 2 : 10))
done

case $verdict in
  'pass: '*)
    say "$ref: $verdict"
    exit 0
    ;;
  'bad: '*)
    say "$ref: $verdict"
    exit 1
    ;;
  *) cannot_tell "$ref: $verdict" ;;
esac
