package api

const profilesPath = "/profiles"
