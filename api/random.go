package api

import (
	"fmt"
	"math/rand/v2"
)

// randomText is a harmless text for trying things out. It varies, so that
// networks do not refuse it as a repetition.
func randomText() string {
	who := pick([]string{"An otter", "A heron", "The lighthouse keeper", "A paper boat", "The night train", "A red kite", "The baker", "An old clock"})
	does := pick([]string{"carries", "remembers", "paints", "follows", "borrows", "greets", "repairs", "counts"})
	what := pick([]string{"seven lanterns", "the morning fog", "a quiet harbour", "two bicycles", "the first snow", "a map of clouds", "the last ferry", "an orange kite"})
	return fmt.Sprintf("%s %s %s. (Test post %06d from Crier.)", who, does, what, rand.IntN(1_000_000)) //nolint:gosec // variety, not secrecy
}

// pick returns any element of a list that has some.
func pick[T any](list []T) T {
	return list[rand.IntN(len(list))] //nolint:gosec // variety, not secrecy
}
