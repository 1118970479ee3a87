package record

import "context"

// CompareAndSwap is the loop of every update: read, change, and store if the
// version is still the one that was read.
func CompareAndSwap[T any](
	ctx context.Context,
	read func(context.Context) (T, int64, error),
	change func(*T) error,
	swap func(context.Context, T, int64) (bool, error),
) (T, error) {
	for {
		record, version, err := read(ctx)
		if err != nil {
			return *new(T), err
		}
		if err := change(&record); err != nil {
			return *new(T), err
		}
		switch swapped, err := swap(ctx, record, version); {
		case err != nil:
			return *new(T), err
		case swapped:
			return record, nil
		}
	}
}
