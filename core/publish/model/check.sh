#!/usr/bin/env bash
# Verifies the model of the delivery protocol, exhaustively: the whole state space is
# searched, or this fails. Then takes a safeguard or an assumption away at a time, and
# fails unless the model does: so one knows that the check can fail.
set -euo pipefail
cd "$(dirname "$0")"

depth=2000000 # of the search; one that needs more is incomplete, and fails
memory=900    # MiB, of each of the searches that run side by side

# what must come out, and the world: what the network offers, and what is taken away
checks=(
  # Two workers, processes that die and stores that fail for ever: never twice, and
  # nothing false is told.
  'holds STORM NET=NOTHING'
  'holds STORM NET=READS'
  'holds STORM NET=REFUSES'
  'holds STORM NET=BOTH'
  'holds STORM NET=REFUSES BAD'
  'holds STORM CLEAR NET=READS'
  # Once the weather is calm, everything ends, and is told as it is.
  'holds ALONE NO_TRANSACTIONS NET=NOTHING'
  'holds ALONE NO_TRANSACTIONS NET=READS'
  'holds ALONE NO_TRANSACTIONS NET=REFUSES'
  'holds ALONE LIVENESS NET=READS'
  'holds ALONE LIVENESS NET=REFUSES'
  # Safeguards taken away.
  'fails STORM NET=READS NO_FENCE'
  'fails STORM NET=READS BLIND_SWAP'
  'fails STORM NET=READS FORGETFUL'
  'fails STORM NET=READS NO_READ_DELAY'
  'fails STORM NET=READS LATE_AGE'
  'fails STORM NET=REFUSES BLIND_RESEND'
  'fails STORM CLEAR NET=READS EARLY_LOOK'
  'fails ALONE NO_TRANSACTIONS NET=READS NO_SWEEP'
  'fails ALONE LIVENESS NET=READS NO_PATIENCE'
  # Assumptions that do not hold.
  'fails STORM NET=READS NO_DEADLINE'
  'fails STORM NET=READS SLOW_READ'
  'fails STORM NET=READS SLOW_NETWORK'
  'fails STORM NET=REFUSES SHORT_WINDOW'
)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Builds the search of one check and runs it; prints one line.
check() {
  local number=$1 expected=$2 dir="$work/$1" out flags=() search=(-DSAFETY -DNOCLAIM) options=(-m"$depth") states
  shift 2
  mkdir "$dir"
  for flag in "$@"; do
    flags+=("-D$flag")
    [ "$flag" != LIVENESS ] || { search=(); options+=(-a -N ends); }
  done
  (cd "$dir" && spin "${flags[@]}" -a "$OLDPWD/delivery.pml" && cc -w -O0 -DCOLLAPSE -DMEMLIM="$memory" "${search[@]}" -o pan pan.c) >"$dir/build" 2>&1 ||
    { echo "BROKEN  $*"; cat "$dir/build"; return 1; }
  out=$(cd "$dir" && ./pan "${options[@]}" 2>&1) || true
  states=$(sed -nE 's/^ *([0-9]+) states, stored.*/\1/p' <<<"$out" | head -1)
  case $expected in
    holds)
      if grep -q 'errors: 0$' <<<"$out" && ! grep -qiE 'not completed|too small|out of memory|truncated|aborted' <<<"$out"; then
        printf 'holds   %-42s %8s states, %s\n' "$*" "$states" "$(sed -nE 's/.*(depth reached [0-9]+).*/\1/p' <<<"$out")"
        return
      fi ;;
    fails)
      if grep -qE 'assertion violated|acceptance cycle|invalid end state' <<<"$out"; then
        printf 'fails   %-42s as it must: %s\n' "$*" "$(sed -nE 's/^pan:[0-9]+: (.*) \(at depth.*/\1/p' <<<"$out" | head -1 | cut -c1-40)"
        return
      fi ;;
  esac
  printf 'WRONG   %s: it was expected that this %s\n%s\n' "$*" "$expected" "$out"
  return 1
}

failed=0 running=0
settle() { wait -n || failed=1; running=$((running - 1)); }
for i in "${!checks[@]}"; do
  # shellcheck disable=SC2086 # a check is a list of words
  check "$i" ${checks[$i]} &
  running=$((running + 1))
  ((running < $(nproc))) || settle
done
while ((running)); do settle; done
((failed == 0)) || { echo 'the model does not say what it should' >&2; exit 1; }
echo "${#checks[@]} checks: all came out as they must"
