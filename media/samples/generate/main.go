// Command generate draws the sample pictures into the current folder. It draws the
// same ones every time.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
)

// Size of the pictures: the shape that link cards and posts show best.
const (
	width  = 1200
	height = 627
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	for name, draw := range map[string]func() image.Image{
		"dunes.jpg": dunes, "orbits.png": orbits, "tiles.png": tiles,
	} {
		var b bytes.Buffer
		var err error
		if name == "dunes.jpg" {
			err = jpeg.Encode(&b, draw(), &jpeg.Options{Quality: 88})
		} else {
			err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, draw())
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil { //nolint:gosec // a public picture
			return err
		}
	}
	return nil
}

// sampled paints every pixel as the mean of four points within it, so that edges
// are smooth. paint gets the place in pixels.
func sampled(paint func(x, y float64) rgb) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var sum rgb
			for _, d := range [4][2]float64{{0.125, 0.375}, {0.625, 0.125}, {0.375, 0.875}, {0.875, 0.625}} {
				c := paint(float64(x)+d[0], float64(y)+d[1])
				sum = rgb{sum.r + c.r/4, sum.g + c.g/4, sum.b + c.b/4}
			}
			img.SetRGBA(x, y, sum.rgba())
		}
	}
	return img
}

// rgb is a colour with parts from 0 to 255.
type rgb struct{ r, g, b float64 }

func hex(v uint32) rgb { return rgb{float64(v >> 16), float64(v >> 8 & 255), float64(v & 255)} }

// mix goes from a (t = 0) to b (t = 1).
func mix(a, b rgb, t float64) rgb {
	t = max(0, min(1, t))
	return rgb{lerp(a.r, b.r, t), lerp(a.g, b.g, t), lerp(a.b, b.b, t)}
}

// lerp goes from a to b.
func lerp(a, b, t float64) float64 { return a + float64((b-a)*t) }

func (c rgb) rgba() color.RGBA { return color.RGBA{part(c.r), part(c.g), part(c.b), 255} }

func part(v float64) uint8 { return uint8(max(0, min(255, v+0.5))) }
