package bluesky

import (
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/setting"
)

// Settings are what operators can set of Bluesky. None is needed: servers of the AT protocol
// know no apps that are registered with them.
type Settings struct {
	PLCURL     setting.BaseURL     `env:"PLC_URL" envDefault:"https://plc.directory" help:"Base of the directory of identities (did:plc), which tells on which server an account is."`
	AppViewURL setting.BaseURL     `env:"APPVIEW_URL" envDefault:"https://public.api.bsky.app" help:"Base of the service that is asked, without a login, for handles, profiles, threads and figures."`
	VideoURL   setting.OptionalURL `env:"VIDEO_URL" envDefault:"https://video.bsky.app" help:"Base of the service that prepares videos. \"off\": videos go to the account's server like any other file."`
	WebURL     setting.BaseURL     `env:"WEB_URL" envDefault:"https://bsky.app" help:"Base of the links to posts and profiles that Crier gives out."`
	ClientName string              `env:"CLIENT_NAME" envDefault:"Crier" help:"What people are told that they give access to, on the page of their server where they link an account."`
}

// maxClientName is the longest name of a client, in characters: pages show it in a line.
const maxClientName = 100

// Check finds a name that no page could show.
func (s *Settings) Check() core.Errors {
	trimmed := strings.TrimSpace(s.ClientName)
	if trimmed != "" && len([]rune(trimmed)) <= maxClientName && quotable(trimmed) == trimmed {
		return nil
	}
	return core.Errors{{
		Kind: core.KindInvalid, Op: name + ".settings", Platform: name, Field: "CLIENT_NAME",
		Message: "a name of one line and at most 100 characters is needed",
	}}
}

// Live tells whether posts go to accounts that everybody can see.
func (s *Settings) Live() bool { return s.PLCURL == defaultPLCURL }

// Open makes the provider.
func (s *Settings) Open(d core.AdapterDeps) (core.Provider, error) {
	return New(s.config(), Deps{
		HTTP: d.HTTP, Guarded: d.Guarded, Clock: d.Clock, Log: d.Log, OnEvent: d.OnEvent, OnCall: d.OnCall,
		RedirectURL: d.RedirectURL, ClientURL: d.ClientURL, Keys: d.Keys,
	})
}

// config is the provider's.
func (s *Settings) config() Config {
	return Config{
		PLCURL: string(s.PLCURL), AppViewURL: string(s.AppViewURL), VideoURL: string(s.VideoURL), WebURL: string(s.WebURL),
		NoVideoService: s.VideoURL == "", ClientName: strings.TrimSpace(s.ClientName),
	}
}

var _ core.Settings = (*Settings)(nil)
