#!/bin/sh
# What a shell script asks of the waiting room, by curl.
#
#   vwr.sh complete 1-17     end the session of a visitor who is done
#   vwr.sh check TOKEN       whether the session of this access token runs
set -eu
room=${VWR_ROOM:-main}
url=${VWR_URL:-http://127.0.0.1:8090} # where `vwr serve` listens

case $1 in
complete)
  curl --fail-with-body --silent --show-error --max-time 5 --request POST \
    --header "Authorization: Bearer $VWR_ADMIN_API_KEY" \
    "$url/vwr-admin/api/rooms/$room/sessions/$2/complete"
  ;;
check)
  curl --fail --silent --show-error --max-time 5 --header "VWR-Token: $2" \
    "$url/vwr/$room/position" | grep --quiet '"you":"admitted"'
  ;;
esac
