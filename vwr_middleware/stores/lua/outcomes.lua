-- What became of sessions: line/outcomes.py. Each row is a text: 'time how session'.

-- `ended` are events, each a text: 'how session'.
function line.note_outcomes(now, ended)
  if #ended == 0 then return end
  local rows = { 'RPUSH', OUTCOMES }
  for i = math.max(1, #ended - OUTCOME_ROWS + 1), #ended do
    rows[#rows + 1] = string.format('%.17g %s', now, ended[i])
  end
  redis.call(unpack(rows))
  redis.call('LTRIM', OUTCOMES, -OUTCOME_ROWS, -1)
  redis.call('EXPIRE', OUTCOMES, IDLE)
  line.note_ends(ended, now)
end
