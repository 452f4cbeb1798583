{{- /* Names and labels that all templates of the chart share. Kubernetes allows 63 characters in most names. */ -}}

{{- /* The chart's name, unless nameOverride says otherwise. */ -}}
{{- define "STARTER.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- /* The name of all resources: release and chart, but not the same word twice. */ -}}
{{- define "STARTER.fullname" -}}
{{- $chart := .Values.nameOverride | default .Chart.Name -}}
{{- $both := ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) -}}
{{ .Values.fullnameOverride | default $both | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- /* Chart and version as one label value: a "+" is not allowed there. */ -}}
{{- define "STARTER.chart" -}}
{{ list .Chart.Name .Chart.Version | join "-" | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- /* The labels by which services and deployments find their pods; they must never change. */ -}}
{{- define "STARTER.selectorLabels" -}}
app.kubernetes.io/name: {{ template "STARTER.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* The labels of everything. */ -}}
{{- define "STARTER.labels" -}}
helm.sh/chart: {{ template "STARTER.chart" . }}
{{ template "STARTER.selectorLabels" . }}
{{- with .Chart.AppVersion }}
app.kubernetes.io/version: {{ quote . }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* The service account of the pods. */ -}}
{{- define "STARTER.serviceAccountName" -}}
{{- $own := ternary (include "STARTER.fullname" .) "default" (not (empty .Values.serviceAccount.create)) -}}
{{ .Values.serviceAccount.name | default $own }}
{{- end -}}
