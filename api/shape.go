package api

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/crier-social/crier/core"
)

// postShape holds the parts of a post that every network has in common, and the
// rules that they follow whatever the network.
type postShape struct {
	Platforms      []string `json:"platforms" validate:"required_without=AccountIDs,max=32,dive,required,max=64"`
	AccountIDs     []string `json:"accountIds" validate:"max=100,dive,required,max=64"`
	Notes          string   `json:"notes" validate:"max=10000"`
	IdempotencyKey string   `json:"idempotencyKey" validate:"max=255"`
}

// maxLife is the longest life of a token that makes sense: ten years, in seconds.
const maxLife = 315_360_000

// linkShape is a request to link an account. Lives are in seconds.
type linkShape struct {
	Platform              string `json:"platform" validate:"required,max=64"`
	App                   string `json:"app" validate:"max=64"`
	AccessToken           string `json:"accessToken" validate:"max=8192"`
	ExpiresIn             int64  `json:"expiresIn"`
	RefreshToken          string `json:"refreshToken" validate:"max=8192"`
	RefreshTokenExpiresIn int64  `json:"refreshTokenExpiresIn"`
	ID                    string `json:"id" validate:"max=512"`
}

// deleteShape is a request to delete posts.
type deleteShape struct {
	ID   string   `json:"id" validate:"max=64"`
	Bulk []string `json:"bulk" validate:"max=500,dive,required,max=64"`
}

// shapes checks the shape of requests.
type shapes struct{ validate *validator.Validate }

func newShapes() *shapes {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return &shapes{validate: v}
}

// check returns everything that is wrong with a shape.
func (s *shapes) check(shape any) core.Errors {
	var list validator.ValidationErrors
	if !errors.As(s.validate.Struct(shape), &list) {
		return nil
	}
	problems := make(core.Errors, len(list))
	for i, fe := range list {
		_, path, _ := strings.Cut(fe.Namespace(), ".") // without the name of the Go type
		problems[i] = invalid(path, path+" "+explain(fe))
	}
	return problems
}

// explain says in words which rule was broken.
func explain(fe validator.FieldError) string {
	kind := fe.Kind()
	switch fe.Tag() {
	case "required":
		return "is missing or empty"
	case "required_without":
		return "is missing: name the networks, or send accountIds"
	case "max":
		if kind == reflect.Slice {
			return fmt.Sprintf("has %d entries; at most %s are allowed", reflect.ValueOf(fe.Value()).Len(), fe.Param())
		}
		if strings.HasPrefix(fe.StructNamespace(), "deleteShape.") {
			return fmt.Sprintf("is longer than %s characters, and none of this server's: send the id that the answer to POST /post has, and not the network's", fe.Param())
		}
		return fmt.Sprintf("is longer than %s characters", fe.Param())
	default:
		return "breaks the rule " + fe.Tag()
	}
}
