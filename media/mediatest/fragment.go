package mediatest

// extends announces fragments, and their duration unless the film is bare.
func (o VideoOptions) extends() []byte {
	var parts [][]byte
	if !o.Bare {
		length := u32(o.units(movieScale))
		if o.Wide {
			length = u64(o.units(movieScale))
		}
		parts = append(parts, o.full("mehd", 0, length))
	}
	for id := int64(1); id <= 2; id++ {
		parts = append(parts, box("trex", u32(0), u32(id), u32(1), u32(0), u32(0), u32(0)))
	}
	return box("mvex", parts...)
}

// writeFragments appends the facts, and the pictures in fragments.
func (o VideoOptions) writeFragments(out *patchwork) {
	out.put(o.movie(0, 0))
	data := o.Size - out.size
	if o.Index {
		data -= int64(len(o.index([fragments]int64{})))
	}
	var heads, sizes [fragments]int64
	for i := range heads {
		heads[i] = int64(len(o.fragment(int64(i), 0))) + int64(len(o.dataHeader(0)))
		data -= heads[i]
	}
	if data < 0 {
		return
	}
	for i := range sizes {
		sizes[i] = data / int64(fragments-i)
		data -= sizes[i]
		heads[i] += sizes[i]
	}
	if o.Index {
		out.put(o.index(heads))
	}
	for i, size := range sizes {
		out.put(o.fragment(int64(i), size))
		out.put(o.dataHeader(size))
		out.leave(size)
	}
}

// index returns a segment index of fragments of the sizes.
func (o VideoOptions) index(sizes [fragments]int64) []byte {
	const startsWithAccessPoint = 0x90000000
	references := [][]byte{u32(1), u32(pictureScale), u32(0), u32(0)}
	if o.Wide {
		references = [][]byte{u32(1), u32(pictureScale), u64(0), u64(0)}
	}
	references = append(references, u32(fragments)) // 16 reserved bits before the count
	for i, size := range sizes {
		begin, end := o.span(int64(i))
		references = append(references, u32(size), u32(end-begin), u32(startsWithAccessPoint))
	}
	return o.full("sidx", 0, references...)
}

// span returns when a fragment begins and ends.
func (o VideoOptions) span(i int64) (begin, end int64) {
	total := o.units(pictureScale)
	return total * i / fragments, total * (i + 1) / fragments
}

// fragment returns the header of one fragment. The first says how long a sample is
// for all of its track, the others say it for each sample.
func (o VideoOptions) fragment(i, size int64) []byte {
	begin, end := o.span(i)
	const baseIsMoof = 0x020000
	decode := box("tfdt", u32(0), u32(begin))
	if o.Wide {
		decode = box("tfdt", u32(1<<24), u64(begin))
	}
	const offsetPresent, durationPresent, sizePresent, defaultDuration = 0x1, 0x100, 0x200, 0x8
	var header, run []byte
	if i == 0 {
		header = box("tfhd", u32(baseIsMoof|defaultDuration), u32(1), u32(end-begin))
		run = box("trun", u32(offsetPresent|sizePresent), u32(1), u32(0), u32(size))
	} else {
		header = box("tfhd", u32(baseIsMoof), u32(1))
		first := (end - begin) / 2
		run = box("trun", u32(offsetPresent|durationPresent|sizePresent), u32(2), u32(0),
			u32(first), u32(size/2), u32(end-begin-first), u32(size-size/2))
	}
	return box("moof", box("mfhd", u32(0), u32(i+1)), box("traf", header, decode, run))
}
