-- What a room keeps of its draw: line/draw_numbers.py.

function line.is_drawn() return numbers.draw >= DRAWN end

function line.row_of(position) return numbers.draw == REGISTERING and -position or position end
