// Places for boxes: columns by the longest way from a leaf, rows by the neighbours' middles
// (Sugiyama et al., 1981). An edge that passes a column gets a place in it to pass through.

const BOX = { width: 144, height: 60, tall: 78, whose: 13, across: 64, down: 20, passing: 12 };

// `boxes` are any keys, in an order in which sources come first; `links` are [source, target];
// `height` is that of a box.
// Returns for every box its middle, for every link the points it passes, and the whole size.
function layout(boxes, links, height) {
  const column = columns(boxes, links);
  const rows = [];
  const items = new Map();
  const add = (key, at, height) => {
    (rows[at] ??= []).push(key);
    items.set(key, { at, height, before: [], after: [] });
  };
  boxes.forEach((box) => add(box, column.get(box), height(box)));
  const join = (a, b) => (items.get(a).after.push(b), items.get(b).before.push(a));
  const ways = links.map(([source, target], number) => {
    const way = [];
    for (let at = column.get(source) + 1; at < column.get(target); at++) {
      way.push(`way ${number} ${at}`);
      add(way.at(-1), at, BOX.passing);
    }
    [source, ...way].forEach((key, i) => join(key, way[i] ?? target));
    return way;
  });
  sortRows(rows, items);
  placeRows(rows, items);
  const left = [0]; // of each column; more lines between two of them, more room for their numbers
  for (let at = 1; at < rows.length; at++) {
    const begin = links.filter(([source]) => column.get(source) === at - 1).length;
    left.push(left.at(-1) + BOX.width + Math.min(2 * BOX.across, Math.max(BOX.across, 15 * begin)));
  }
  const lowest = Math.min(...[...items.values()].map((item) => item.y - item.height / 2));
  const highest = Math.max(...[...items.values()].map((item) => item.y + item.height / 2));
  const point = (key) => {
    const { at, y } = items.get(key);
    return { x: BOX.width / 2 + left[at], y: y - lowest };
  };
  return {
    places: new Map(boxes.map((box) => [box, point(box)])),
    ways: ways.map((way) => way.map(point)),
    width: left.at(-1) + BOX.width,
    height: highest - lowest,
  };
}

function columns(boxes, links) {
  const column = new Map(boxes.map((box) => [box, 0]));
  const first = new Map();
  const into = new Map(boxes.map((box) => [box, []]));
  links.forEach(([source, target]) => into.get(target).push(source));
  for (const box of boxes)
    for (const source of into.get(box))
      column.set(box, Math.max(column.get(box), column.get(source) + 1));
  for (const [source, target] of links)
    first.set(source, Math.min(first.get(source) ?? Infinity, column.get(target)));
  for (const box of boxes) // a leaf stands next to what reads it first
    if (!into.get(box).length && first.has(box)) column.set(box, first.get(box) - 1);
  return column;
}

// Each row by the mean place of its neighbours, from left to right and back, four times.
function sortRows(rows, items) {
  const place = new Map();
  const number = (row) => row.forEach((key, i) => place.set(key, i / row.length));
  rows.forEach(number);
  for (let sweep = 0; sweep < 8; sweep++) {
    const side = sweep % 2 ? "after" : "before";
    for (const row of sweep % 2 ? [...rows].reverse() : rows) {
      const mean = new Map(row.map((key) => {
        const near = items.get(key)[side].map((other) => place.get(other));
        return [key, near.length ? near.reduce((a, b) => a + b) / near.length : place.get(key)];
      }));
      row.sort((a, b) => mean.get(a) - mean.get(b));
      number(row);
    }
  }
}

// As near to the neighbours' middle as the order and the boxes' heights allow.
function placeRows(rows, items) {
  for (const row of rows) {
    let y = 0;
    for (const key of row) {
      const item = items.get(key);
      item.y = y + item.height / 2;
      y += item.height + BOX.down;
    }
    for (const key of row) items.get(key).y -= y / 2;
  }
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const row of sweep % 2 ? [...rows].reverse() : rows) {
      const wanted = row.map((key) => {
        const { before, after, y } = items.get(key);
        const near = [...before, ...after].map((other) => items.get(other).y);
        return near.length ? near.reduce((a, b) => a + b) / near.length : y;
      });
      spread(row.map((key) => items.get(key)), wanted);
    }
  }
}

// Items at the wanted places, or as little away as keeps them apart: neighbours that would
// overlap move as one block to the mean of what they want.
function spread(items, wanted) {
  const blocks = [];
  items.forEach((item, i) => {
    blocks.push({ items: [item], offsets: [0], sum: wanted[i] });
    while (blocks.length > 1) {
      const [above, below] = blocks.slice(-2);
      const top = above.sum / above.items.length, start = below.sum / below.items.length;
      const last = above.items.at(-1), next = below.items[0];
      const gap = (last.height + next.height) / 2 + BOX.down;
      const shift = above.offsets.at(-1) + gap - below.offsets[0];
      if (start - top >= shift) break;
      blocks.pop();
      for (let k = 0; k < below.items.length; k++) {
        above.items.push(below.items[k]);
        above.offsets.push(below.offsets[k] + shift);
      }
      above.sum += below.sum - shift * below.items.length;
    }
  });
  for (const block of blocks) {
    const top = block.sum / block.items.length;
    block.items.forEach((item, i) => (item.y = top + block.offsets[i]));
  }
}
