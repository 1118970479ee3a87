package main

import (
	"image"
	"math"
)

// Products stand in conversions of their own here, so that no machine fuses them
// with an addition, which would round differently: all draw the same.

// dunes: hills that fade into an evening sky.
func dunes() image.Image {
	const layers = 6
	top, horizon := hex(0x2B3A67), hex(0xF6C6A0)
	far, near := hex(0xC98F9B), hex(0x1D2340)
	sun := hex(0xFFF1D6)
	return sampled(func(x, y float64) rgb {
		c := mix(top, horizon, y/(height*0.62))
		c = mix(sun, c, (distance(x-840, y-210)-62)/3)
		c = mix(mix(c, sun, 0.35), c, distance(x-840, y-210)/260)
		for i := range layers {
			depth := float64(i) / (layers - 1)
			if y > ridge(i, x) {
				c = mix(far, near, depth)
				c = mix(mix(c, sun, 0.22), c, (y-ridge(i, x))/70) // light on the crest
			}
		}
		return c
	})
}

// ridge returns the height of a hill's outline.
func ridge(layer int, x float64) float64 {
	i := float64(layer)
	wave := float64(math.Sin(x/(310-i*22)+float64(i*1.9))*(34+i*6)) + float64(math.Sin(x/(127+i*15)+float64(i*4.1))*(11+i*2))
	return 250 + i*68 + wave
}

// orbits: flat rings and discs, each one tinting what lies under it.
func orbits() image.Image {
	type ring struct {
		x, y, inner, outer float64
		colour             rgb
		strength           float64
	}
	rings := []ring{
		{300, 330, 0, 190, hex(0x2EC4B6), 0.85},
		{470, 250, 120, 210, hex(0xFF9F1C), 0.80},
		{700, 390, 0, 130, hex(0xE71D36), 0.75},
		{760, 290, 180, 230, hex(0xFDFFFC), 0.85},
		{960, 350, 0, 170, hex(0x5C6BC0), 0.85},
		{1010, 200, 70, 110, hex(0xFFBF69), 0.90},
		{130, 130, 40, 70, hex(0xCBF3F0), 0.80},
		{560, 520, 30, 52, hex(0xCBF3F0), 0.80},
	}
	ground := hex(0x011627)
	return sampled(func(x, y float64) rgb {
		c := ground
		for _, r := range rings {
			if d := distance(x-r.x, y-r.y); d >= r.inner && d <= r.outer {
				c = mix(c, r.colour, r.strength)
			}
		}
		return c
	})
}

// tiles: a grid of triangles, each of one colour.
func tiles() image.Image {
	const side = 75
	stops := []rgb{hex(0x0B525B), hex(0x2A9D8F), hex(0xE9C46A), hex(0xF4A261), hex(0xE76F51)}
	return sampled(func(x, y float64) rgb {
		column, row := math.Floor(x/side), math.Floor(y/side)
		dx, dy := x/side-column, y/side-row
		half := 0
		if (int(column)+int(row))%2 == 0 && dx > dy || (int(column)+int(row))%2 == 1 && dx+dy > 1 {
			half = 1
		}
		place := (column + float64(row*0.6)) / (width/side + height/side*0.6)
		place += float64((jitter(int(column), int(row), half) - 0.5) * 0.26)
		return between(stops, place)
	})
}

// between picks a colour along a list of stops.
func between(stops []rgb, t float64) rgb {
	t = max(0, min(0.9999, t)) * float64(len(stops)-1)
	i := int(t)
	return mix(stops[i], stops[i+1], t-float64(i))
}

// jitter returns a number from 0 to 1 that belongs to a triangle.
func jitter(column, row, half int) float64 {
	v := uint32(column*73856093 ^ row*19349663 ^ half*83492791) //nolint:gosec // a hash may wrap
	v = (v ^ v>>13) * 1274126177
	return float64((v^v>>16)&0xFFFF) / 0xFFFF
}

// distance is math.Hypot, which has a code of its own on some machines.
func distance(dx, dy float64) float64 { return math.Sqrt(float64(dx*dx) + float64(dy*dy)) }
