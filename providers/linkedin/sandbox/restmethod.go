package sandbox

import (
	"net/http"
	"strings"
)

// restMethod is what a Rest.li request means, besides its HTTP method.
type restMethod string

const (
	methodGet           restMethod = "GET"
	methodBatchGet      restMethod = "BATCH_GET"
	methodGetAll        restMethod = "GET_ALL"
	methodFinder        restMethod = "FINDER"
	methodBatchFinder   restMethod = "BATCH_FINDER"
	methodCreate        restMethod = "CREATE"
	methodPartialUpdate restMethod = "PARTIAL_UPDATE"
	methodUpdate        restMethod = "UPDATE"
	methodDelete        restMethod = "DELETE"
	methodAction        restMethod = "ACTION"
)

// methodOf tells what a request means. X-RestLi-Method may be left out, except
// for PARTIAL_UPDATE, which is otherwise a POST to an entity and means nothing;
// where it is present, it must agree with the rest of the request, which is for one
// entity or for a collection.
func methodOf(httpMethod, header string, entity bool, query map[string]string) (restMethod, *problem) {
	header = strings.ToUpper(header)
	var m restMethod
	switch httpMethod {
	case http.MethodGet:
		m = readMethod(entity, query)
	case http.MethodPost:
		m = postMethod(header, entity, query)
	case http.MethodPut:
		m = methodUpdate
	case http.MethodDelete:
		m = methodDelete
	default:
		return "", &problem{Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED", Message: "HTTP method " + limitString(httpMethod, 20) + " is not supported"}
	}
	switch {
	case m == "":
		return "", illegalArgument("POST to an entity needs the header X-RestLi-Method: PARTIAL_UPDATE")
	case header != "" && header != string(m):
		return "", illegalArgument("X-RestLi-Method %s does not match this request, which is a %s", limitString(header, 40), m)
	case (m == methodUpdate || m == methodDelete) && !entity:
		return "", illegalArgument("%s needs the key of an entity", m)
	}
	return m, nil
}

func readMethod(entity bool, query map[string]string) restMethod {
	_, finder := query["q"]
	_, batchFinder := query["bq"]
	_, ids := query["ids"]
	switch {
	case finder:
		return methodFinder
	case batchFinder:
		return methodBatchFinder
	case entity:
		return methodGet
	case ids:
		return methodBatchGet
	default:
		return methodGetAll
	}
}

func postMethod(header string, entity bool, query map[string]string) restMethod {
	_, action := query["action"]
	switch {
	case action:
		return methodAction
	case !entity:
		return methodCreate
	case header == string(methodPartialUpdate):
		return methodPartialUpdate
	default:
		return ""
	}
}
