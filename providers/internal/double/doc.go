// Package double is what the doubles of networks, their sandboxes, are made of. A double is one
// handler with three sides: the network itself, pages to look at what was posted, and a control
// API below /sandbox. What the network takes, refuses and answers is the double's own, and is
// written from the network's documentation; from here it has
//
//   - [Controls], to embed: Next arms faults and Advance moves the clock, for tests in Go, and
//     Routes does the same for the control API, with /sandbox/faults, /sandbox/clock and
//     /sandbox/reset;
//   - [Faults] with the actions that every double has, and room for its own. [Faults.Around] puts
//     them before a handler; a double with actions of its own takes a fault for each request and
//     asks it what it does: Wait, CutsBefore, Bound, CutsAfter;
//   - [Clock], which runs ahead of another one. Everything that ends, ends by it;
//   - [Journal], the latest requests, and their part of the control API;
//   - [Files], the uploads on disk, within bounds;
//   - [SaveState] and [ReadState], for what is to outlast the process, such as tokens and how far
//     the clock is ahead, which [Clock.Restore] takes;
//   - [Pages], the templates of web pages and their style sheet, with the headers that keep
//     strangers' words from doing anything;
//   - [Do], [Add], [Show] and [List], the handlers of a control API, [SameOrigin], which is put
//     around it and around the pages, and [BaseURL], for the addresses that are given out.
//
// providers/template/sandbox has the shortest use of it.
package double
