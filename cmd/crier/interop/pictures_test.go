//go:build interop

package interop_test

// frame is the size of most pictures here.
func frame(codec string) facts { return facts{codec: codec, width: 320, height: 180} }

// pictures lists the pictures and the captions.
func pictures() []file {
	small := func(frames int) facts { return facts{codec: "gif", width: 64, height: 36, frames: frames} }
	return []file{
		{name: "photo.jpg", ffmpeg: picture + "-frames:v 1", facts: frame("mjpeg")},
		{name: "huge.jpg", ffmpeg: "-f lavfi -i testsrc2=s=8000x5000 -frames:v 1", facts: facts{codec: "mjpeg", width: 8000, height: 5000}},
		{name: "16bit.png", ffmpeg: picture + "-frames:v 1 -pix_fmt rgb48be", facts: facts{codec: "png", width: 320, height: 180, pixels: "rgb48be"}},
		{name: "thumbnail.png", ffmpeg: picture + "-frames:v 1", facts: frame("png")},
		{name: "still.webp", ffmpeg: picture + "-frames:v 1", facts: frame("webp")},
		// ffprobe cannot read an animated WebP; judge counts its frames.
		{name: "animated.webp", ffmpeg: picture + "-t 2 -loop 0", facts: facts{frames: 30}},
		{name: "animated.gif", ffmpeg: "-f lavfi -i testsrc2=s=160x90:r=10 -t 1", facts: facts{codec: "gif", width: 160, height: 90, frames: 10}},
		{name: "250.gif", ffmpeg: "-f lavfi -i testsrc2=s=64x36:r=25 -frames:v 250", facts: small(250)},
		{name: "251.gif", ffmpeg: "-f lavfi -i testsrc2=s=64x36:r=25 -frames:v 251", facts: small(251)},
		{name: "still.tiff", ffmpeg: picture + "-frames:v 1", facts: frame("tiff")},
		{name: "still.bmp", ffmpeg: picture + "-frames:v 1", facts: frame("bmp")},
		{name: "still.avif", ffmpeg: picture + "-frames:v 1 -c:v libaom-av1 -cpu-used 8 -still-picture 1", facts: frame("av1")},
		{name: "captions.srt", text: "1\n00:00:00,000 --> 00:00:02,000\nWhat is this?\n\n2\n00:00:02,000 --> 00:00:04,500\nA test picture.\n"},
		{name: "captions.vtt", from: "captions.srt"},
	}
}
