"""An HTTP chart repository: a folder of packages, served and filled over HTTP.

    settings   what the server may do and where it listens
    storage    a folder or an object store: publish and delete in one step each, names checked
    catalog    the index of what the folder holds right now, and its digest
    auth       who may upload (basic credentials; plain or bcrypt)
    uploads    request bodies → packages that are charts
    app        routes and HTTP statuses
    page       the web page that lists charts
    __main__   `python -m repo_server DIR`

`index.yaml` is always made from what the folder holds, so a killed upload leaves nothing behind but a hidden temporary file.
"""
